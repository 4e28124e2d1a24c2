"""A region's target becomes its stores', to the cent; and nothing but all of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from epm.access.models import Role
from epm.organization.models import StoreClosure
from epm.platform import money
from sales.models import Phasing, StoreDayTarget, StoreTarget
from sales.services import target_shares
from sales.services.target_shares import BadStoreWeights, CannotBeShared, NobodyToShare, SharedBy
from tests.concurrency import run_behind
from tests.factories import chain
from tests.factories.ledger import item

pytestmark = pytest.mark.django_db
JUNE = date(2026, 6, 1)  # a Monday; 364 days before is Monday 2 June 2025
THEN = date(2025, 6, 2)
PAGE = "/admin/sales/storetarget/share/"


@pytest.fixture
def bread():
    return chain.product()


@pytest.fixture
def north(bread):
    """A sold 100 on each of the 28 days it was there, B 200, C is new; a warehouse sells nothing,
    and D shut for good."""
    north = chain.region(code="NORTH")
    chain.store(code="D", region=north, closed_on=date(2026, 5, 31))
    chain.store(code="W", region=north, kind="warehouse")
    for code, net in (("B", "200"), ("A", "100"), ("C", None)):
        store = chain.store(code=code, region=north)
        for number in range(28) if net else ():
            traded(store, THEN + timedelta(days=number), net, bread=bread)
    return north


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def traded(store, day, net, *, bread):
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    chain.sale(store=store, at=at, lines=[item(bread, 1, net, rate="0")])


def shared(principal, region, *, amount="10000.00", by=SharedBy.LAST_YEAR, **more):
    target_shares.share_out(
        principal=principal, region=region, amount=Decimal(amount), by=by,
        **{"month": JUNE, **more},
    )  # fmt: skip
    return targets()


def targets():
    """By store, after a look at their days."""
    for target in StoreTarget.objects.annotate(spread=Sum("days__amount")):
        assert target.spread == target.amount
    rows = StoreTarget.objects.order_by("store__code").values_list("store__code", "amount")
    return {code: str(amount) for code, amount in rows}


class TestShares:
    def test_by_last_year_are_a_days_mean_times_the_open_days(self, north, director):
        assert shared(director, north) == {"A": "2222.220", "B": "4444.450", "C": "3333.330"}
        assert set(StoreTarget.objects.values_list("phasing", flat=True)) == {"last_year"}

    def test_weigh_half_a_month_for_who_is_shut_the_other_half(self, north, director):
        StoreClosure.objects.create(
            store=north.stores.get(code="B"), first_day=JUNE, last_day=date(2026, 6, 15)
        )

        # A 100 × 30, B 200 × 15, C 150 × 30
        assert shared(director, north, amount="10500.00") == {
            "A": "3000.000", "B": "3000.000", "C": "4500.000",
        }  # fmt: skip

    def test_where_nothing_is_known_each_open_day_is_alike(self, director):
        south = chain.region(code="SOUTH")
        chain.store(code="X", region=south)
        chain.store(code="Y", region=south, opened_on=date(2026, 6, 21))

        assert shared(director, south, amount="400") == {"X": "300.000", "Y": "100.000"}

    def test_equal_ones_give_the_cents_left_to_the_first(self, north, director):
        found = shared(director, north, amount="100.01", by=SharedBy.EQUAL, phasing=Phasing.EVEN)

        assert found == {"A": "33.340", "B": "33.340", "C": "33.330"}
        assert set(StoreTarget.objects.values_list("phasing", flat=True)) == {"even"}

    def test_by_weights_that_are_given(self, north, director):
        weights = {"a": Decimal(1), "B": Decimal("0.5"), "C": Decimal(0)}

        found = shared(director, north, amount="0.05", by=SharedBy.WEIGHTS, weights=weights)

        assert found == {"A": "0.030", "B": "0.020", "C": "0.000"}

    def test_of_the_chain_take_the_stores_of_every_region(self, north, director):
        chain.store(code="ALONE")

        assert shared(director, None, amount="40", by=SharedBy.EQUAL) == dict.fromkeys(
            ["A", "ALONE", "B", "C"], "10.000"
        )

    def test_replace_what_was_set(self, north, director):
        shared(director, north, by=SharedBy.EQUAL)

        assert shared(director, north, amount="9")["B"] == "4.000"
        assert StoreDayTarget.objects.count() == 3 * 30

    def test_of_yen_have_no_cents(self, director):
        east = chain.region(code="EAST")
        for code in "XYZ":
            chain.store(code=code, region=east, currency="JPY")

        found = shared(director, east, amount="100", by=SharedBy.EQUAL)

        assert found == {"X": "34.000", "Y": "33.000", "Z": "33.000"}

    @given(
        amount=st.decimals(0, 10**9, places=2),
        weights=st.lists(st.decimals(0, 10**6, places=6), min_size=1, max_size=30).filter(any),
    )
    def test_sum_to_the_target_whatever_it_is(self, amount, weights):
        parts = money.allocated(amount, weights=weights, currency="EUR")

        assert sum(parts) == amount
        assert min(parts) >= 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"amount": "10.001"}, CannotBeShared),
            ({"amount": "-1"}, CannotBeShared),
            ({"month": date(9999, 12, 1)}, CannotBeShared),
            ({"by": SharedBy.WEIGHTS}, BadStoreWeights),
            ({"by": SharedBy.WEIGHTS, "weights": {"A": Decimal(1)}}, BadStoreWeights),
            ({"by": SharedBy.WEIGHTS, "weights": dict.fromkeys("ABCD", Decimal(1))},
             BadStoreWeights),
            ({"by": SharedBy.WEIGHTS, "weights": dict.fromkeys("ABC", Decimal(0))},
             BadStoreWeights),
            ({"month": date(2000, 1, 1), "region": "EMPTY"}, NobodyToShare),
        ],
    )  # fmt: skip
    def test_change_nothing(self, north, director, changed, refusal):
        before = shared(director, north)
        asked = {"region": north, **changed}
        if asked["region"] == "EMPTY":
            asked["region"] = chain.region(code="EMPTY")

        with pytest.raises(refusal):
            shared(director, asked.pop("region"), **asked)

        assert targets() == before

    def test_of_several_currencies(self, north, director):
        chain.store(code="CH", currency="CHF", region=north)

        with pytest.raises(CannotBeShared, match="CHF, EUR"):
            shared(director, north)

        assert targets() == {}

    def test_of_half_a_region(self, north):
        half = chain.person(Role.DIRECTOR, stores=[north.stores.get(code="A")])

        for region in (north, None):
            with pytest.raises(NobodyToShare):
                shared(half, region)

        assert targets() == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_laters_shares_hold_for_all(north, director):
    def share(amount):
        return lambda: shared(director, north, amount=amount, by=SharedBy.EQUAL)

    run_behind(share("30.00"), share("90.00")).result()

    assert targets() == dict.fromkeys("ABC", "30.000")


class TestOverTheApi:
    @pytest.fixture
    def key(self):
        return chain.api_client(scopes=["targets:read", "targets:write"])

    def post(self, client, **changed):
        body = {"region": "north", "month": "2026-06-17", "amount": "10000.00", "by": "last_year"}
        return client.post(
            "/api/v1/targets/shares", body | changed, content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )  # fmt: skip

    def test_answers_each_stores_share(self, north, key):
        answer = self.post(key)

        assert (answer.status_code, answer.json()) == (201, {
            "month": "2026-06-01", "currency": "EUR", "amount": "10000.00",
            "stores": [
                {"store": "A", "amount": "2222.22"}, {"store": "B", "amount": "4444.45"},
                {"store": "C", "amount": "3333.33"},
            ],
        })  # fmt: skip
        assert targets() == {"A": "2222.220", "B": "4444.450", "C": "3333.330"}

    def test_takes_weights(self, north, key):
        weights = [{"store": code, "weight": "1"} for code in "ABC"]

        assert self.post(key, by="weights", weights=weights, phasing="even").status_code == 201
        assert targets()["A"] == "3333.340"
        twice = self.post(key, by="weights", weights=[*weights, {"store": "a", "weight": "1"}])
        assert (twice.status_code, twice.json()["code"]) == (422, "validation-error")

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"region": "NOWHERE"}, (422, "validation-error")),
            ({"by": "guess"}, (422, "validation-error")),
            ({"phasing": "weights"}, (422, "validation-error")),
            ({"amount": "0.001"}, (422, "sales/target-not-shareable")),
            ({"by": "weights"}, (422, "sales/bad-store-weights")),
            ({"month": "2100-01-01"}, (422, "sales/target-not-shareable")),
        ],
    )
    def test_refuses_and_changes_nothing(self, north, key, changed, code):
        answer = self.post(key, **changed)

        assert (answer.status_code, answer.json()["code"]) == code
        assert targets() == {}

    @pytest.mark.parametrize("who", ["reader", "manager", "regional"])
    def test_is_for_who_may_only(self, north, who):
        asks = {
            "reader": lambda: chain.api_client(scopes=["read"]),
            "manager": lambda: chain.signed_in(chain.person(Role.MANAGER, regions=[north])),
            "regional": lambda: chain.signed_in(chain.person(Role.REGIONAL, regions=[north])),
        }[who]()

        assert self.post(asks).status_code == 403
        assert targets() == {}


class TestThePage:
    @pytest.fixture
    def client(self, director):
        return chain.signed_in(director)

    def form(self, north, **changed):
        return {
            "region": north.pk, "month": "2026-06-17", "amount": "10000", "by": "last_year",
            "weights": "", "phasing": "last_year", **changed,
        }  # fmt: skip

    def test_shows_each_share_and_then_does_what_was_seen(self, north, client):
        assert client.get(PAGE).status_code == 200
        shown = client.post(PAGE, self.form(north)).content.decode()
        for told in ("€2,222.22", "€4,444.45", "€3,333.33", "€10,000.00", "22.2%"):
            assert told in shown
        assert targets() == {}
        seen = shown.partition('name="seen" value="')[2].partition('"')[0]

        other = client.post(PAGE, self.form(north, seen=seen, share="", amount="9"))
        assert (other.status_code, targets()) == (200, {})
        done = client.post(PAGE, self.form(north, seen=seen, share=""))

        assert (done.status_code, targets()["B"]) == (302, "4444.450")

    def test_takes_weights_as_text(self, north, client):
        shown = client.post(
            PAGE, self.form(north, by="weights", weights="A=2, b = 1,C=0.5", amount="7")
        ).content.decode()

        assert "€4.00" in shown
        for wrong in ("A=2", "A=2,A=1,B=1,C=1", "A", "A=x,B=1,C=1"):
            page = client.post(PAGE, self.form(north, by="weights", weights=wrong))
            assert 'name="share"' not in page.content.decode()

    @pytest.mark.parametrize("amount", ["", "x", "-1", "0.001"])
    def test_tells_what_is_wrong(self, north, client, amount):
        page = client.post(PAGE, self.form(north, amount=amount))

        assert (page.status_code, targets()) == (200, {})
        assert 'name="share"' not in page.content.decode()

    def test_is_linked_for_who_may_only(self, north, client):
        manager = chain.signed_in(chain.person(Role.MANAGER, regions=[north]))

        assert PAGE in client.get("/admin/sales/storetarget/").content.decode()
        assert PAGE not in manager.get("/admin/sales/storetarget/").content.decode()
        assert manager.post(PAGE, self.form(north)).status_code == 403
