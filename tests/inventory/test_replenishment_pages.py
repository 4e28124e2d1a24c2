"""Alerts, rules and proposals in the administration and over the API."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from epm.access.models import Role
from inventory.models import (
    PurchaseOrder,
    ReplenishmentProposal,
    StockAlert,
    StockRule,
    Supplier,
    SupplierProduct,
)
from inventory.services import replenishment, stock_alerts
from tests.factories import chain, stock

pytestmark = pytest.mark.django_db
D = Decimal
ALERTS = "/admin/inventory/stockalert/"
PROPOSALS = "/admin/inventory/replenishmentproposal/"
RULES = "/admin/inventory/stockrule/"


@pytest.fixture
def bread(store):
    """Five on hand, ten wanted at least, twenty at most, bought by six."""
    product = chain.product(name="Rye bread")
    StockRule.objects.create(product=product, minimum=10, maximum=20)
    stock.received(store, product, 5, 2, at=timezone.now())
    mill = Supplier.objects.create(code="MILL", name="The mill")
    SupplierProduct.objects.create(supplier=mill, product=product, pack_size=6, is_preferred=True)
    stock_alerts.refresh(now=timezone.now())
    return product


def manager(store, role=Role.MANAGER):
    return chain.signed_in(chain.person(role, stores=[store]))


def act(client, page, action, *rows):
    words = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(page, words, follow=True)


def test_a_manager_acknowledges_and_snoozes_alerts(store, bread):
    client, alert = manager(store), StockAlert.objects.get()
    assert "Rye bread" in client.get(ALERTS).content.decode()

    act(client, ALERTS, "acknowledge", alert)
    alert.refresh_from_db()
    assert alert.state == "acknowledged"

    act(client, ALERTS, "snooze_a_week", alert)
    alert.refresh_from_db()
    assert (alert.state, (alert.snoozed_until - timezone.now().date()).days) == ("snoozed", 7)


def step(client, alert, event, **said):
    path = f"{ALERTS}{alert.pk}/step/{event}/"
    return client.post(path, {"key": str(uuid4()), "version": alert.version, **said}, follow=True)


def test_an_alert_is_acknowledged_and_snoozed_on_its_own_page(store, bread):
    client, alert = manager(store), StockAlert.objects.get()
    until = timezone.now().date() + timedelta(days=3)
    page = client.get(f"{ALERTS}{alert.pk}/change/").content.decode()
    assert f"{ALERTS}{alert.pk}/step/acknowledge/" in page
    assert f"{ALERTS}{alert.pk}/step/snooze/" in page

    step(client, alert, "acknowledge")
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == ("acknowledged", None)
    step(client, alert, "snooze", until=until.isoformat())
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == ("snoozed", until)


def test_an_alert_is_not_snoozed_until_a_day_gone_by(store, bread):
    client, alert = manager(store), StockAlert.objects.get()

    answer = step(client, alert, "snooze", until="2020-01-01")

    alert.refresh_from_db()
    assert "Choose a day after today, within a year." in answer.content.decode()
    assert (alert.state, alert.snoozed_until) == ("open", None)


def test_a_row_leads_to_the_steps_that_are_possible(store, bread):
    client, alert = manager(store), StockAlert.objects.get()
    step(client, alert, "acknowledge")

    page = client.get(ALERTS).content.decode()

    assert f"{ALERTS}{alert.pk}/step/snooze/" in page
    assert f"{ALERTS}{alert.pk}/step/acknowledge/" not in page


def test_the_page_of_an_alert_has_nothing_to_save(store, bread):
    answer = manager(store).get(f"{ALERTS}{StockAlert.objects.get().pk}/change/")

    assert answer.status_code == 200
    assert 'name="_save"' not in answer.content.decode()


def test_what_cannot_take_a_step_is_counted(store, bread):
    client, alert = manager(store), StockAlert.objects.get()
    act(client, ALERTS, "acknowledge", alert)

    answer = act(client, ALERTS, "acknowledge", alert)

    assert "1 alert cannot take this step in its state." in answer.content.decode()


def test_an_analyst_looks_only(store, bread):
    client, alert = manager(store, Role.ANALYST), StockAlert.objects.get()
    assert client.get(ALERTS).status_code == 200

    act(client, ALERTS, "acknowledge", alert)
    client.post(f"{PROPOSALS}work-out/")

    assert step(client, alert, "acknowledge").status_code == 403
    alert.refresh_from_db()
    assert alert.state == "open"
    assert "/step/" not in client.get(ALERTS).content.decode()
    assert not ReplenishmentProposal.objects.exists()


def test_proposals_are_worked_out_edited_and_drafted(store, bread):
    client = manager(store)
    assert client.get(f"{PROPOSALS}work-out/").status_code == 200
    assert not ReplenishmentProposal.objects.exists()

    client.post(f"{PROPOSALS}work-out/")
    proposal = ReplenishmentProposal.objects.get()
    assert (proposal.quantity, proposal.route) == (18, "order")
    page = client.get(PROPOSALS).content.decode()
    assert "Order from MILL" in page
    assert "5 available or coming, to reorder at 10, to fill up to 20." in page

    client.post(f"{PROPOSALS}{proposal.pk}/change/", {"quantity": "24"})
    proposal.refresh_from_db()
    assert (proposal.quantity, proposal.suggested) == (24, 18)

    act(client, PROPOSALS, "make_drafts", proposal)
    order = PurchaseOrder.objects.get()
    assert list(order.lines.values_list("product", "ordered")) == [(bread.pk, 24)]
    proposal.refresh_from_db()
    assert (proposal.document_kind, proposal.document_ref) == ("purchase_order", str(order.pk))

    client.post(f"{PROPOSALS}{proposal.pk}/change/", {"quantity": "30"})
    proposal.refresh_from_db()
    assert proposal.quantity == 24


def test_a_manager_makes_rules_for_her_store_only(store, bread):
    client, elsewhere = manager(store), chain.store()
    of_chain = StockRule.objects.get()
    assert client.get(f"{RULES}{of_chain.pk}/change/").status_code == 200

    client.post(f"{RULES}{of_chain.pk}/change/", {"product": bread.pk, "minimum": "1"})
    client.post(f"{RULES}add/", {"minimum": "1"})
    client.post(f"{RULES}add/", {"store": elsewhere.pk, "minimum": "1"})
    assert list(StockRule.objects.values_list("minimum", flat=True)) == [10]

    client.post(f"{RULES}add/", {"store": store.pk, "product": bread.pk, "minimum": "7"})
    assert StockRule.objects.get(store=store).minimum == 7


def test_the_api_tells_alerts_and_proposals(store, bread):
    manager(store).post(f"{PROPOSALS}work-out/")
    client = chain.api_client(scopes=["stock:read"], stores=[store])

    [alert] = client.get("/api/v1/stock/alerts?kind=low&state=open").json()["results"]
    assert (alert["store"], alert["product"], alert["sku"]) == (store.code, bread.pk, bread.sku)
    assert (alert["available"], alert["threshold"]) == ("5.00", "10.00")
    assert "value" not in alert
    [proposal] = client.get("/api/v1/stock/proposals?drafted=false").json()["results"]
    assert (proposal["product"], proposal["sku"]) == (bread.pk, bread.sku)
    assert (proposal["route"], proposal["supplier"], proposal["quantity"]) == (
        "order", "MILL", "18.00",
    )  # fmt: skip
    assert client.get("/api/v1/stock/proposals?drafted=true").json()["results"] == []
    assert client.get("/api/v1/stock/alerts?kind=odd").status_code == 400


def test_lists_cost_the_same_number_of_queries_however_long(
    store, bread, django_assert_max_num_queries
):
    client = manager(store)
    for _ in range(12):
        other = chain.product()
        StockRule.objects.create(product=other, minimum=10)
        stock.received(store, other, 5, at=timezone.now())
    client.post(f"{PROPOSALS}work-out/")
    for page in (ALERTS, PROPOSALS, RULES):
        with django_assert_max_num_queries(14):
            assert client.get(page).status_code == 200


@pytest.mark.parametrize(("supplied", "route"), [(True, "order"), (False, "none")])
def test_the_dashboard_leads_to_the_proposals_that_it_counts(store, bread, supplied, route):
    if not supplied:
        SupplierProduct.objects.all().delete()
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    replenishment.propose(principal=director, by="ann", now=timezone.now())
    client = chain.signed_in(director)

    page = client.get("/dashboards/inventory").content.decode()
    (found,) = re.findall(rf'href="({PROPOSALS}\?[^"]*route__exact=[^"]*)"', page)

    assert found.endswith(f"route__exact={route}")
    assert "Rye bread" in client.get(html.unescape(found)).content.decode()
