"""The pages of stocktakes: counted by keyboard or scanner, blind until the review."""

import re
from uuid import uuid4

import pytest
from model_bakery import baker

from epm.access.models import Role
from inventory.models import Barcode, Stocktake, StocktakeCount
from inventory.selectors import stocktakes as asked
from inventory.services import stocktakes
from tests.factories import chain, stock
from tests.factories import stocktakes as made
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PAGE = "/admin/inventory/stocktake/"
EXPECTED = "7777"


@pytest.fixture
def bread(store):
    bread = chain.product(sku="BREAD", name="Loaf")
    baker.make(Barcode, product=bread, code="4006381333931")
    stock.received(store, bread, EXPECTED, 5)
    return bread


def of(role, store):
    return chain.signed_in(chain.person(role, stores=[store]))


@pytest.fixture
def manager(store):
    return of(Role.MANAGER, store)


@pytest.fixture
def cashier(store):
    return of(Role.CASHIER, store)


def scan(client, stocktake, code, quantity="1", *, kind="add", act=None):
    return client.post(
        f"{PAGE}{stocktake.pk}/count/",
        {"act": str(act or uuid4()), "code": code, "quantity": quantity, "kind": kind},
        follow=True,
    )


def step(client, stocktake, event, **said):
    version = Stocktake.objects.get(pk=stocktake.pk).version
    return client.post(
        f"{PAGE}{stocktake.pk}/step/{event}/",
        {"key": str(uuid4()), "version": version, **said},
        follow=True,
    )


def state_of(stocktake):
    return Stocktake.objects.get(pk=stocktake.pk).state


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_manager_takes_a_stocktake_from_the_plan_to_the_books(store, bread, manager):
    answer = manager.post(
        f"{PAGE}add/",
        {"store": store.pk, "scheduled_on": "2025-03-31", "blind": "on", "codes": "",
         "everything": "on", "note": ""},
        follow=True,
    )  # fmt: skip
    assert answer.status_code == 200, text(answer)
    stocktake = Stocktake.objects.get()
    assert (stocktake.kind, stocktake.tolerance_units, stocktake.tolerance_value) == (
        "full", 5, 100
    )  # fmt: skip
    assert step(manager, stocktake, "start").status_code == 200
    assert "Loaf: 7,776 counted" in text(scan(manager, stocktake, "4006381333931", "7776"))
    step(manager, stocktake, "review")
    assert "7,777" in text(manager.get(f"{PAGE}{stocktake.pk}/variances/"))
    step(manager, stocktake, "approve")
    step(manager, stocktake, "post")

    assert state_of(stocktake) == "posted"
    assert stock.level(store, bread).on_hand == 7776


def test_a_part_is_named_by_categories_and_codes(store, bread, manager):
    food = chain.category()

    manager.post(
        f"{PAGE}add/",
        {"store": store.pk, "scheduled_on": "2025-03-31", "categories": [food.pk],
         "codes": "bread\n4006381333931\n", "note": ""},
    )  # fmt: skip

    stocktake = Stocktake.objects.get()
    assert (stocktake.kind, stocktake.category_ids, stocktake.product_ids) == (
        "cyclic", [food.pk], [bread.pk]
    )  # fmt: skip


def test_the_choice_of_categories_asks_an_address_that_answers(store, manager):
    food = chain.category()
    page = manager.get(f"{PAGE}add/").content.decode()
    select = re.search(r'<select name="categories"[^>]*>', page)[0]
    asked = dict(re.findall(r'data-(ajax--url|app-label|model-name|field-name)="([^"]*)"', select))

    answer = manager.get(
        asked["ajax--url"],
        {"term": food.code, "app_label": asked["app-label"], "model_name": asked["model-name"],
         "field_name": asked["field-name"]},
    )  # fmt: skip

    assert [found["id"] for found in answer.json()["results"]] == [str(food.pk)]


@pytest.mark.parametrize("said", [{}, {"codes": "bread", "everything": "on"}])
def test_everything_is_counted_only_when_it_was_said_so(store, bread, manager, said):
    answer = manager.post(
        f"{PAGE}add/", {"store": store.pk, "scheduled_on": "2025-03-31", "codes": "", **said}
    )

    assert "tick that everything is counted" in text(answer)
    assert Stocktake.objects.count() == 0


def test_an_unknown_code_in_the_plan_is_told(store, bread, manager):
    answer = manager.post(
        f"{PAGE}add/", {"store": store.pk, "scheduled_on": "2025-03-31", "codes": "nothing"}
    )

    assert "No product has the code nothing." in text(answer)
    assert Stocktake.objects.count() == 0


def test_scans_add_up_and_the_last_is_taken_back_by_a_counter_entry(store, bread, cashier):
    stocktake = made.started(store)
    scan(cashier, stocktake, "4006381333931")
    scan(cashier, stocktake, "12*BREAD")
    answer = scan(cashier, stocktake, "bread", "2")
    assert "Loaf: 15 counted" in text(answer)

    cashier.post(
        f"{PAGE}{stocktake.pk}/count/",
        {"undo": made.last_count().pk, "act": str(uuid4())},
        follow=True,
    )

    assert made.line_of(stocktake, bread).counted == 13
    assert StocktakeCount.objects.count() == 4


def test_the_barcode_of_a_pack_counts_its_pack(store, bread, cashier):
    stocktake = made.started(store)
    baker.make(Barcode, product=bread, code="4006381333948", pack_size=6)

    scan(cashier, stocktake, "2*4006381333948")

    assert made.line_of(stocktake, bread).counted == 12


def test_a_misread_barcode_counts_nothing_and_says_so(store, bread, cashier):
    stocktake = made.started(store)

    assert "scan it again" in text(scan(cashier, stocktake, "4006381333932"))
    assert StocktakeCount.objects.count() == 0


def test_a_scan_sent_twice_by_the_browser_counts_once(store, bread, cashier):
    stocktake = made.started(store)
    act = uuid4()

    scan(cashier, stocktake, "BREAD", "3", act=act)
    scan(cashier, stocktake, "BREAD", "3", act=act)

    assert made.line_of(stocktake, bread).counted == 3


def test_an_unknown_code_counts_nothing_and_is_told(store, bread, cashier):
    stocktake = made.started(store)

    assert "No product has the code 999." in text(scan(cashier, stocktake, "999"))
    assert StocktakeCount.objects.count() == 0


def test_a_refused_code_and_its_quantity_stay_in_the_form(store, bread, cashier):
    milk = chain.product(sku="MILK")
    stocktake = made.started(store, product_ids=[bread.pk])

    for code, why in (("999", "No product has the code 999."), (milk.sku, "MILK: This stocktake")):
        answer = scan(cashier, stocktake, code, "7", kind="set")
        assert why in text(answer)
        kept = answer.context["form"]
        assert [kept[name].value() for name in ("code", "quantity", "kind")] == [code, 7, "set"]
    assert StocktakeCount.objects.count() == 0


def test_each_scan_tells_what_was_counted_by_then(store, bread, cashier):
    stocktake = made.started(store)
    for quantity in ("3", "4"):
        scan(cashier, stocktake, "BREAD", quantity)
    made.count(stocktake, (bread, 5), by="bob")

    scans = scan(cashier, stocktake, "BREAD", "1").context["scans"]

    assert [each["counted"] for each in scans] == ["13", "7", "3"]


def test_a_recount_names_what_it_still_waits_for(store, bread, manager, cashier):
    milk = chain.product(sku="MILK", name="Fresh milk")
    stock.received(store, milk, EXPECTED)
    stocktake = made.started(store, blind=True)
    assert "To be counted again" not in text(cashier.get(f"{PAGE}{stocktake.pk}/count/"))
    made.count(stocktake, (bread, 3), (milk, 3))
    made.reviewed(stocktake)
    step(manager, stocktake, "recount", which="differing")
    made.count(Stocktake.objects.get(), (bread, 3))

    for page in ("count/", "change/"):
        seen = text(cashier.get(f"{PAGE}{stocktake.pk}/{page}"))
        assert "To be counted again: 1" in seen
        assert "MILK · Fresh milk" in seen
        assert "BREAD · Loaf" not in seen
        assert EXPECTED not in seen.replace(",", "")


def test_nobody_takes_back_what_another_has_counted(store, bread, cashier):
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3), by="bob")

    answer = cashier.post(
        f"{PAGE}{stocktake.pk}/count/", {"undo": made.last_count().pk, "act": str(uuid4())}
    )

    assert answer.status_code == 404
    assert made.line_of(stocktake, bread).counted == 3


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.DIRECTOR])
def test_a_blind_count_shows_nobody_what_is_expected(store, bread, role):
    client = of(role, store)
    stocktake = made.started(store, blind=True)
    made.count(stocktake, (bread, 3))

    for page in ("", "change/", "count/", "variances/", "step/review/", "history/"):
        address = f"{PAGE}{stocktake.pk}/{page}" if page else PAGE
        seen = text(client.get(address, follow=True))
        assert EXPECTED not in seen.replace(",", ""), page
        assert "7774" not in seen.replace(",", ""), page
    seen = scan(client, stocktake, "BREAD")
    assert EXPECTED not in text(seen).replace(",", "")


def test_who_only_counts_never_sees_what_was_expected(store, bread, cashier, manager):
    stocktake = made.started(store, blind=False)
    assert "7,777" not in text(cashier.get(f"{PAGE}{stocktake.pk}/variances/", follow=True))
    made.count(stocktake, (bread, 3))
    assert "7,777" in text(manager.get(f"{PAGE}{stocktake.pk}/variances/"))
    made.reviewed(stocktake)
    for page in ("change/", "variances/"):
        seen = text(cashier.get(f"{PAGE}{stocktake.pk}/{page}", follow=True))
        assert "7,777" not in seen
        assert "7,774" not in seen


@pytest.mark.parametrize("event", ["start", "review", "approve", "post", "cancel"])
def test_who_only_counts_takes_no_step(store, bread, cashier, event):
    stocktake = made.started(store)

    assert step(cashier, stocktake, event, reason="mine").status_code == 403
    assert state_of(stocktake) == "counting"


def test_a_manager_does_not_approve_beyond_the_tolerance_and_a_regional_does(store, bread, manager):
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3))
    made.reviewed(stocktake)

    seen = text(manager.get(f"{PAGE}{stocktake.pk}/change/"))
    assert "Lines beyond the tolerance: 1. A director or a regional who has counted" in seen
    assert "/step/approve/" not in seen
    assert step(manager, stocktake, "approve").status_code == 403
    assert state_of(stocktake) == "review"
    step(of(Role.REGIONAL, store), stocktake, "approve")

    assert state_of(stocktake) == "approved"


def test_lines_beyond_the_tolerance_are_marked_and_say_why(store, bread, manager):
    milk, free = chain.product(), chain.product()
    stock.received(store, milk, 1000, 1)
    stock.received(store, free, 1000, None)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3), (milk, 999), (free, 999))
    made.reviewed(stocktake)
    stocktake.refresh_from_db()

    rows = manager.get(f"{PAGE}{stocktake.pk}/variances/").context["rows"]

    assert {row["product"]: row["beyond"] for row in rows} == {
        bread: ["too many units", "too much in value"],
        milk: [],
        free: ["its cost is not known"],
    }
    assert {row["id"] for row in rows if row["beyond"]} == set(
        asked.beyond_tolerance(stocktake).values_list("pk", flat=True)
    )


def test_a_manager_neither_widens_the_tolerance_nor_sets_uncounted_to_zero(store, bread, manager):
    milk = chain.product()
    stock.received(store, milk, 5)
    stocktake = made.scheduled(store)
    manager.post(
        f"{PAGE}{stocktake.pk}/change/",
        {"store": store.pk, "scheduled_on": "2025-03-31", "tolerance_units": "9999",
         "codes": "", "everything": "on", "note": "x", "version": 0},
    )  # fmt: skip
    stocktake.refresh_from_db()
    assert (stocktake.tolerance_units, stocktake.note) == (5, "x")
    stocktakes.start(stocktake_id=stocktake.pk, now=NOON)
    made.count(stocktake, (bread, 7777))
    made.reviewed(stocktake)
    asked_for = {"zero": "1", "act": str(uuid4())}

    assert manager.post(f"{PAGE}{stocktake.pk}/variances/", asked_for).status_code == 403
    assert made.line_of(stocktake, milk).counted is None
    of(Role.REGIONAL, store).post(f"{PAGE}{stocktake.pk}/variances/", asked_for)

    assert made.line_of(stocktake, milk).counted == 0


def test_chosen_lines_are_counted_again(store, bread, manager):
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3))
    made.reviewed(stocktake)

    manager.post(
        f"{PAGE}{stocktake.pk}/variances/",
        {"line": made.line_of(stocktake, bread).pk, "act": str(uuid4())},
    )

    assert state_of(stocktake) == "counting"
    assert made.line_of(stocktake, bread).counted is None


@pytest.mark.parametrize("which", ["beyond", "differing", "uncounted"])
def test_lines_of_a_kind_are_counted_again(store, bread, manager, which):
    milk = chain.product()
    stock.received(store, milk, 5)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3))
    made.reviewed(stocktake)

    step(manager, stocktake, "recount", which=which)

    stocktake.refresh_from_db()
    again = stocktake.lines.get(round=2).product
    assert (stocktake.state, again) == ("counting", milk if which == "uncounted" else bread)


def test_stocktakes_of_other_stores_are_absent(store, bread, cashier, manager):
    theirs = made.started(chain.store())

    for client in (cashier, manager):
        for page in ("change/", "count/", "variances/", "step/review/"):
            assert client.get(f"{PAGE}{theirs.pk}/{page}").status_code in {403, 404}, page
        assert scan(client, theirs, "BREAD").status_code == 404
    assert StocktakeCount.objects.count() == 0


def test_an_analyst_reads_what_was_found_without_names(store, bread):
    analyst = of(Role.ANALYST, store)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3), by="ann-the-counter")
    assert analyst.get(f"{PAGE}{stocktake.pk}/count/").status_code == 403
    made.reviewed(stocktake)

    seen = text(analyst.get(f"{PAGE}{stocktake.pk}/variances/"))

    assert "−7,774" in seen
    assert "ann-the-counter" not in seen
