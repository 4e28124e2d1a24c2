"""Who opens which page of the administration, and what he finds there."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.utils import timezone

from epm.access.models import ApiKey, Role, ScopeKind, StoreScope, User
from epm.access.services import api_keys
from sales.models import CashRegister, Customer, StoreTarget
from tests.factories import chain

pytestmark = pytest.mark.django_db

OFFICE = {"director", "regional", "manager", "analyst"}
PAGES = {
    "organization/region": OFFICE,
    "organization/store": OFFICE,
    "access/user": {"director"},
    "access/apikey": {"director"},
    "access/viewassession": {"director"},
    "platform/change": {"director"},
    "imports/importrun": {"director", "regional", "manager"},
    "inventory/approvallimit": OFFICE,
    "inventory/category": OFFICE | {"cashier"},
    "inventory/embeddedbarcoderule": OFFICE,
    "inventory/priceedit": OFFICE,
    "inventory/pricelist": OFFICE,
    "inventory/product": OFFICE | {"cashier"},
    "inventory/purchaseorder": OFFICE,
    "inventory/purchasereceipt": OFFICE,
    "inventory/replenishmentproposal": OFFICE,
    "inventory/reservation": OFFICE,
    "inventory/stockadjustment": OFFICE,
    "inventory/stockalert": OFFICE,
    "inventory/stocklevel": OFFICE | {"cashier"},
    "inventory/stockmovement": OFFICE,
    "inventory/stockpolicy": OFFICE,
    "inventory/stockrepair": {"director", "regional", "manager"},
    "inventory/stockrule": OFFICE,
    "inventory/stocktake": OFFICE | {"cashier"},
    "inventory/supplier": OFFICE,
    "inventory/supplierproduct": OFFICE,
    "inventory/transfer": OFFICE,
    "sales/customer": {"director", "regional", "manager"},
    "sales/taxclass": OFFICE,
    "sales/taxregime": OFFICE,
    "sales/cashregister": {"director", "regional", "manager"},
    "sales/tillpolicy": OFFICE,
    "sales/tilllimit": OFFICE,
    "sales/discountreason": OFFICE,
    "sales/override": {"director", "regional", "manager"},
    "sales/approval": {"director", "regional", "manager"},
    "sales/ticket": OFFICE,
    "sales/refusedticket": {"director", "regional", "manager"},
    "sales/ticketmail": {"director", "regional", "manager"},
    "sales/parkedticket": {"director", "regional", "manager"},
    "sales/sale": OFFICE | {"cashier"},
    "sales/storefootfall": OFFICE,
    "sales/storelabour": OFFICE,
    "sales/storetarget": OFFICE,
    "sales/storedvalue": {"director", "regional", "manager"},
    "sales/registersession": OFFICE | {"cashier"},
    "sales/closing": OFFICE,
}
WRITTEN_BY_THE_LEDGER = {
    "inventory/purchasereceipt",
    "inventory/replenishmentproposal",
    "inventory/reservation",
    "inventory/stockalert",
    "inventory/stocklevel",
    "inventory/stockmovement",
    "inventory/stockrepair",
    "sales/registersession",
    "sales/closing",
}
WRITTEN_AT_THE_TILLS = {
    "sales/approval",
    "sales/override",
    "sales/parkedticket",
    "sales/refusedticket",
    "sales/ticket",
    "sales/ticketmail",
}
DOCUMENTS_OF_A_STORE = {
    "inventory/purchaseorder",
    "inventory/stockadjustment",
    "inventory/stockrule",
    "inventory/stocktake",
    "inventory/transfer",
    "sales/storedvalue",
}
ADDABLE = {
    "director": set(PAGES)
    - {"access/viewassession", "platform/change", "sales/sale"}
    - WRITTEN_BY_THE_LEDGER
    - WRITTEN_AT_THE_TILLS,
    "regional": DOCUMENTS_OF_A_STORE,
    "manager": DOCUMENTS_OF_A_STORE,
    "cashier": set(),
    "analyst": set(),
}


def test_these_are_all_the_pages_there_are():
    registered = {f"{m._meta.app_label}/{m._meta.model_name}" for m in admin.site._registry}

    assert registered == set(PAGES)


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("page", PAGES)
class TestLists:
    def test_open_for_those_who_may_see_them(self, role, page, django_assert_max_num_queries):
        client = chain.signed_in(chain.person(role, whole_chain=True))

        with django_assert_max_num_queries(15):
            answer = client.get(f"/admin/{page}/")

        assert answer.status_code == (200 if role in PAGES[page] else 403)

    def test_offer_to_add_only_what_the_role_may(self, role, page):
        client = chain.signed_in(chain.person(role, whole_chain=True))

        answer = client.get(f"/admin/{page}/add/", follow=True)

        assert answer.status_code == (200 if page in ADDABLE[role] else 403)


@pytest.mark.parametrize("role", Role.values)
def test_the_index_opens_for_every_role(role, django_assert_max_num_queries):
    client = chain.signed_in(chain.person(role, stores=[chain.store()]))

    with django_assert_max_num_queries(15):
        assert client.get("/admin/").status_code == 200


def test_nobody_without_a_role_sees_anything():
    client = chain.signed_in(chain.person("", whole_chain=True))

    assert {client.get(f"/admin/{page}/").status_code for page in PAGES} == {403}


@pytest.fixture
def mine():
    return chain.store(code="MINE", name="Mine", region=chain.region(code="RM", name="Near"))


@pytest.fixture
def foreign():
    region = chain.region(code="RF", name="Farland")
    return chain.store(code="FOREIGN", name="Elsewhere", region=region)


@pytest.fixture
def both_at_work(mine, foreign):
    bread = chain.product()
    for store in (mine, foreign):
        chain.sale(
            store=store,
            external_ref=f"T-{store.code}",
            customer=Customer.objects.create(code=f"CUST-{store.code}"),
            lines=[{"product": bread, "net_ttc": "12.00"}],
        )
        StoreTarget.objects.create(store=store, month="2025-03-01", amount=3100)
        CashRegister.objects.create(store=store, code=f"TILL-{store.code}")


TRACES = ("FOREIGN", "Elsewhere", "Farland")


@pytest.mark.usefixtures("both_at_work")
class TestAManagerOfOneStore:
    @pytest.fixture
    def client(self, mine):
        return chain.signed_in(chain.person(Role.MANAGER, stores=[mine]))

    @pytest.mark.parametrize(
        ("page", "own"),
        [
            ("organization/store", "MINE"),
            ("organization/region", "Near"),
            ("sales/sale", "T-MINE"),
            ("sales/customer", "CUST-MINE"),
            ("sales/cashregister", "TILL-MINE"),
            ("sales/storetarget", "MINE"),
        ],
    )
    def test_finds_no_trace_of_another_in_lists_and_filters(self, client, page, own):
        text = client.get(f"/admin/{page}/").content.decode()

        assert own in text
        assert [trace for trace in TRACES if trace in text] == []

    def test_gains_nothing_by_filtering_for_another(self, client, foreign):
        text = client.get(f"/admin/sales/sale/?store__id__exact={foreign.pk}").content.decode()

        assert [trace for trace in TRACES if trace in text] == []

    def test_gets_the_same_answer_for_a_foreign_row_as_for_none(self, client, foreign):
        rows = [
            ("organization/store", foreign.pk, 10**9),
            ("organization/region", foreign.region_id, 10**9),
            ("sales/storetarget", StoreTarget.objects.get(store=foreign).pk, 10**9),
            ("sales/cashregister", CashRegister.objects.get(store=foreign).pk, 10**9),
        ]
        for page, there, absent in rows:
            answers = [client.get(f"/admin/{page}/{pk}/change/") for pk in (there, absent)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].content == answers[1].content

    def test_is_offered_no_other_store_by_autocomplete(self, client):
        answer = client.get(
            "/admin/autocomplete/",
            {"term": "", "app_label": "sales", "model_name": "cashregister", "field_name": "store"},
        )

        assert [one["text"] for one in answer.json()["results"]] == ["MINE · Mine"]

    def test_sees_no_other_store_by_search(self, client):
        assert "Elsewhere" not in client.get("/admin/organization/store/?q=Else").content.decode()


class TestADirectorOfOneStore:
    """The role says what, the scope says where: not even a director sees past it."""

    def test_cannot_target_a_foreign_store(self, mine, foreign):
        client = chain.signed_in(chain.person(Role.DIRECTOR, stores=[mine]))

        answer = client.post(
            "/admin/sales/storetarget/add/",
            {"store": foreign.pk, "month": "2025-03-01", "amount": "100", "_save": "1"}
            | {"days-TOTAL_FORMS": 0, "days-INITIAL_FORMS": 0},
        )

        assert answer.status_code == 200
        assert [trace for trace in TRACES if trace in answer.content.decode()] == []
        assert not StoreTarget.objects.exists()

    @pytest.mark.parametrize("page", ["access/user", "access/apikey"])
    def test_gives_nobody_access(self, mine, page):
        client = chain.signed_in(chain.person(Role.DIRECTOR, stores=[mine]))

        assert client.get(f"/admin/{page}/").status_code == 403
        assert client.get(f"/admin/{page}/add/").status_code == 403

    def test_adds_no_store_he_could_not_see(self, mine):
        client = chain.signed_in(chain.person(Role.DIRECTOR, stores=[mine]))

        assert client.get("/admin/organization/store/add/").status_code == 403
        assert client.get(f"/admin/organization/store/{mine.pk}/change/").status_code == 200


class TestUsers:
    def test_get_a_scope_on_their_own_page(self, mine):
        clerk = chain.person(Role.MANAGER)
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        answer = client.post(
            f"/admin/access/user/{clerk.pk}/change/",
            {
                "username": clerk.username,
                "role": "cashier",
                "is_active": "on",
                "is_staff": "on",
                "store_scopes-TOTAL_FORMS": 1,
                "store_scopes-INITIAL_FORMS": 0,
                "store_scopes-0-user": clerk.pk,
                "store_scopes-0-kind": "store",
                "store_scopes-0-store": mine.pk,
            },
        )

        assert answer.status_code == 302
        assert User.objects.get(pk=clerk.pk).role == Role.CASHIER
        scope = StoreScope.objects.get(user=clerk)
        assert (scope.kind, scope.store) == (ScopeKind.STORE, mine)

    def test_keep_their_own_role(self):
        director = chain.person(Role.DIRECTOR, whole_chain=True)
        client = chain.signed_in(director)

        text = client.get(f"/admin/access/user/{director.pk}/change/").content.decode()

        assert 'name="role"' not in text
        assert 'name="is_superuser"' not in text

    def test_who_are_superusers_are_changed_by_superusers_only(self):
        root = User.objects.create(username="root", is_superuser=True, is_staff=True)
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        answer = client.post(f"/admin/access/user/{root.pk}/password/", {"password1": "x"})

        assert answer.status_code == 403


class TestApiKeys:
    def test_are_shown_once_and_work(self):
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        answer = client.post(
            "/admin/access/apikey/add/", {"name": "till", "scopes": ["read"], "whole_chain": "on"}
        )

        text = answer.context["key_text"]
        assert text in answer.content.decode()
        assert "no-store" in answer.headers["Cache-Control"]
        key = ApiKey.objects.get()
        assert api_keys.identify(text=text, now=timezone.now()).key_id == key.pk
        page = client.get(f"/admin/access/apikey/{key.pk}/change/").content.decode()
        assert key.prefix in page
        assert text not in page

    def test_that_are_refused_say_why(self):
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        answer = client.post("/admin/access/apikey/add/", {"name": "till", "scopes": ["read"]})

        assert "Name stores, or the whole chain, and not both." in answer.content.decode()
        assert not ApiKey.objects.exists()

    def test_are_revoked_in_one_go(self):
        key, text = api_keys.create(
            name="till",
            scopes=["read"],
            stores=[],
            whole_chain=True,
            expires_at=timezone.now() + timedelta(days=1),
            by=None,
        )
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        client.post("/admin/access/apikey/", {"action": "revoke", "_selected_action": [key.pk]})

        key.refresh_from_db()
        assert key.revoked_at is not None
        assert api_keys.identify(text=text, now=timezone.now()) is None


def test_single_permissions_count_for_nothing(mine):
    cashier = chain.person(Role.CASHIER, stores=[mine])
    cashier.user_permissions.add(Permission.objects.get(codename="change_product"))

    assert not cashier.has_perm("inventory.change_product")
    assert cashier.has_perm("inventory.view_product")
