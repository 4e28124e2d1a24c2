"""A month spread evenly, by given weights, or by the weekdays of last year's sales."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from epm.organization.models import StoreClosure
from sales.models import Phasing, StoreDayTarget, StoreTarget
from sales.selectors.targets import last_year_of
from sales.services import targets
from sales.services.targets import ClosedAllMonth
from tests.factories import chain
from tests.factories.ledger import item
from tests.imports_support import reasons

pytestmark = pytest.mark.django_db

JUNE = date(2026, 6, 1)  # a Monday; 364 days before is Monday 2 June 2025
THEN = date(2025, 6, 2)
WEEK = ["100", "100", "100", "100", "200", "400", "0"]  # of a Sunday nothing


@pytest.fixture
def bread():
    return chain.product()


def sold(store, day, net, *, bread):
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    chain.sale(store=store, at=at, lines=[item(bread, 1, net, rate="0")])


def traded(store, *, bread, week=WEEK, first=THEN, days=30):
    """Days of last year's month, each weekday's sales as `week` says; nothing where it says 0."""
    for number in range(days):
        day = first + timedelta(days=number)
        if Decimal(net := week[day.weekday()]):
            sold(store, day, net, bread=bread)


def made(store, phasing, *, amount="1000.01", weights=(), month=JUNE):
    by = targets.spread(store_id=store.pk, month=month, phasing=phasing, weights=weights)
    target = StoreTarget.objects.create(
        store=store, month=month, amount=Decimal(amount), phasing=by.phasing,
        day_weights=by.weights, profile=by.profile,
    )  # fmt: skip
    days = list(StoreDayTarget.objects.order_by("day").values_list("day", "amount"))
    assert days == targets.shares(month=month, amount=target.amount, currency=store.currency, by=by)
    assert sum(amount for _, amount in days) == target.amount
    return days


class TestTheWeights:
    def test_are_each_weekdays_share_of_a_week_in_percent(self, bread):
        store = chain.store()
        traded(store, bread=bread)

        found = last_year_of(store_id=store.pk, month=JUNE)

        assert found.profile == "store"
        assert found.weights[:7] == [10, 10, 10, 10, 20, 40, 0]
        assert len(found.weights) == 30
        assert found.weights[7:14] == found.weights[:7]

    def test_are_means_of_the_days_of_that_weekday_364_days_before(self, bread):
        store = chain.store()
        traded(store, bread=bread)
        # Of five Mondays four bring 100 and one 600: 200 of 1 100 in the mean week.
        sold(store, date(2025, 6, 30), "500", bread=bread)
        sold(store, date(2025, 6, 1), "99999", bread=bread)  # the day before is none of them
        sold(store, date(2025, 7, 2), "99999", bread=bread)

        found = last_year_of(store_id=store.pk, month=JUNE)

        assert found.weights[0] == Decimal("18.181818")
        assert found.weights[1] == Decimal("9.090909")

    def test_of_closed_days_are_zero_and_closed_days_of_last_year_do_not_count(self, bread):
        store = chain.store()
        traded(store, bread=bread, first=THEN + timedelta(days=7), days=23)
        sold(store, THEN, "100", bread=bread)  # its first sale; then it was shut for six days
        StoreClosure.objects.create(
            store=store, first_day=date(2025, 6, 3), last_day=date(2025, 6, 8)
        )
        StoreClosure.objects.create(
            store=store, first_day=date(2026, 6, 5), last_day=date(2026, 6, 6)
        )
        store.closed_on = date(2026, 6, 28)
        store.save()

        weights = last_year_of(store_id=store.pk, month=JUNE).weights

        assert weights[:7] == [10, 10, 10, 10, 0, 0, 0]
        assert weights[11:13] == [20, 40]
        assert weights[28:] == [0, 0]

    def test_of_days_before_it_opens_are_zero(self, bread):
        store = chain.store(opened_on=date(2026, 6, 20))
        traded(chain.store(), bread=bread)

        weights = last_year_of(store_id=store.pk, month=JUNE).weights

        assert set(weights[:19]) == {0}
        assert weights[19] == 40

    def test_leave_out_fees_and_take_returns_off(self, bread):
        store = chain.store()
        traded(store, bread=bread)
        at = datetime(2025, 6, 5, 12, tzinfo=UTC)
        chain.sale(store=store, at=at, lines=[item(bread, -1, "-600", rate="0")])
        fee = item(bread, 1, "5000", rate="0") | {"kind": "fee"}
        chain.sale(store=store, at=at, lines=[fee])

        weights = last_year_of(store_id=store.pk, month=JUNE).weights

        # Four Thursdays brought 400 and took 600 back: less than nothing weighs nothing.
        assert weights[3] == 0
        assert weights[5] == Decimal("44.444444")


class TestWhoseTheyAre:
    def test_its_regions_where_the_store_sold_nothing_then(self, bread):
        north = chain.region()
        store, near, far = chain.store(region=north), chain.store(region=north), chain.store()
        traded(near, bread=bread)
        traded(far, bread=bread, week=["100"] * 7)

        found = last_year_of(store_id=store.pk, month=JUNE)

        assert found.profile == "region"
        assert found.weights[:7] == [10, 10, 10, 10, 20, 40, 0]

    @pytest.mark.parametrize("region", [True, False])
    def test_the_chains_where_its_region_did_not_either(self, bread, region):
        store = chain.store(region=chain.region() if region else None)
        traded(chain.store(region=chain.region()), bread=bread)

        found = last_year_of(store_id=store.pk, month=JUNE)

        assert found.profile == "chain"
        assert found.weights[5] == 40

    def test_of_stores_of_its_own_kind_and_currency_only(self, bread):
        store = chain.store()
        traded(chain.store(kind="web"), bread=bread)
        traded(chain.store(currency="USD"), bread=bread)

        assert last_year_of(store_id=store.pk, month=JUNE).profile == "none"

    def test_nobodys_then_every_open_day_alike(self):
        store = chain.store(closed_on=date(2026, 6, 10))

        found = last_year_of(store_id=store.pk, month=JUNE)

        assert found.profile == "none"
        assert found.weights == [1] * 10 + [0] * 20

    def test_not_the_stores_own_before_each_weekday_is_known(self, bread):
        """It opened on a Tuesday, the last of the month: no Monday is known."""
        store = chain.store()
        traded(store, bread=bread, first=date(2025, 6, 26), days=6)
        traded(chain.store(), bread=bread, week=["100"] * 7)

        assert last_year_of(store_id=store.pk, month=JUNE).profile == "chain"

    def test_days_before_the_first_sale_are_not_known(self, bread):
        store = chain.store()
        traded(store, bread=bread, first=THEN + timedelta(days=14), days=16)

        found = last_year_of(store_id=store.pk, month=JUNE)

        assert found.profile == "store"
        assert found.weights[:7] == [10, 10, 10, 10, 20, 40, 0]

    def test_not_its_own_when_it_is_only_open_on_days_that_sold_nothing(self, bread):
        store = chain.store(opened_on=date(2020, 1, 1), closed_on=date(2026, 6, 7))
        StoreClosure.objects.create(
            store=store, first_day=date(2026, 6, 1), last_day=date(2026, 6, 6)
        )
        traded(store, bread=bread)

        found = last_year_of(store_id=store.pk, month=JUNE)

        assert found.profile == "none"
        assert found.weights == [0] * 6 + [1] + [0] * 23


class TestSpreading:
    def test_evenly(self):
        days = made(chain.store(), Phasing.EVEN)

        assert [amount for _, amount in days] == [Decimal("33.34")] * 11 + [Decimal("33.33")] * 19

    def test_by_seven_weights_monday_first(self):
        days = made(
            chain.store(), Phasing.WEIGHTS, amount="28", month=date(2026, 2, 1),
            weights=[Decimal(n) for n in (1, 1, 1, 1, 1, 2, 0)],
        )  # fmt: skip

        assert [amount for _, amount in days[:7]] == [0, 1, 1, 1, 1, 1, 2]

    def test_by_one_weight_for_each_day(self):
        weights = [Decimal(0)] * 29 + [Decimal(3)]

        days = made(chain.store(), Phasing.WEIGHTS, weights=weights)

        assert days[-1] == (date(2026, 6, 30), Decimal("1000.01"))

    def test_by_last_year(self, bread):
        store = chain.store()
        traded(store, bread=bread)

        days = made(store, Phasing.LAST_YEAR, amount="440.00")

        # Two days more than four weeks of 100 %: Monday and Tuesday of 10 % each make 420.
        assert days[0][1] == Decimal("10.48")
        assert days[5][1] == Decimal("41.90")
        assert days[6][1] == 0

    def test_a_target_is_spread_anew_and_keeps_its_amount(self, bread):
        store = chain.store()
        traded(store, bread=bread)
        target = StoreTarget.objects.create(store=store, month=JUNE, amount=420)

        targets.phase(target_id=target.pk, phasing=Phasing.LAST_YEAR)

        target.refresh_from_db()
        assert (target.phasing, target.profile, target.amount) == ("last_year", "store", 420)
        assert target.days.get(day=date(2026, 6, 6)).amount == 40

        targets.phase(target_id=target.pk, phasing=Phasing.EVEN)

        target.refresh_from_db()
        assert (target.phasing, target.profile, target.day_weights) == ("even", "", None)
        assert set(target.days.values_list("amount", flat=True)) == {Decimal(14)}

    def test_of_a_month_that_is_closed_throughout_is_refused(self):
        store = chain.store(closed_on=date(2026, 5, 31))
        target = StoreTarget.objects.create(store=store, month=JUNE, amount=420)

        with pytest.raises(ClosedAllMonth):
            targets.phase(target_id=target.pk, phasing=Phasing.LAST_YEAR)

        target.refresh_from_db()
        assert (target.phasing, target.day_weights) == ("even", None)
        assert set(target.days.values_list("amount", flat=True)) == {Decimal(14)}

    @pytest.mark.parametrize(
        "fields",
        [
            {"phasing": "even", "day_weights": [Decimal(1)] * 30},
            {"phasing": "weights"},
            {"phasing": "last_year", "day_weights": [Decimal(1)] * 30},
            {"phasing": "weights", "day_weights": [Decimal(1)] * 30, "profile": "store"},
            {"phasing": "moon"},
        ],
    )
    def test_a_row_says_how_it_was_spread(self, fields):
        store = chain.store()

        with pytest.raises(IntegrityError), transaction.atomic():
            StoreTarget.objects.create(store=store, month=JUNE, amount=420, **fields)

        assert not StoreTarget.objects.exists()


class TestImported:
    def told(self):
        return list(StoreTarget.objects.order_by("month").values_list("phasing", "profile"))

    def test_each_row_says_how_it_is_spread(self, imported, bread):
        store = chain.store(code="PAR")
        traded(store, bread=bread)
        text = """
            store,month,amount,weights,phasing
            PAR,2026-05,310,,even
            PAR,2026-06,420,,last_year
            PAR,2026-07,310,1|1|1|1|1|1|1,weights
            PAR,2026-08,310,1|1|1|1|1|1|1,
            PAR,2026-09,300,,
            """

        run = imported("targets", text)
        again = imported("targets", text, name="again.csv")

        assert run.account["rows"]["applied"] == 5
        assert again.account["rows"]["unchanged"] == 5
        assert self.told() == [
            ("even", ""), ("last_year", "store"), ("weights", ""), ("weights", ""), ("even", ""),
        ]  # fmt: skip
        assert StoreDayTarget.objects.get(day=date(2026, 6, 6)).amount == 40

    def test_one_word_for_the_whole_file(self, imported, bread):
        store = chain.store(code="PAR")
        traded(store, bread=bread)
        said = {
            "columns": {name: name for name in ("store", "month", "amount")},
            "constants": {"phasing": "last_year"},
        }

        imported("targets", "store,month,amount\nPAR,2026-06,420\nPAR,2026-07,310\n", **said)

        assert self.told() == [("last_year", "store"), ("last_year", "none")]

    def test_an_amount_alone_leaves_the_spread_as_it_is(self, imported, bread):
        store = chain.store(code="PAR")
        traded(store, bread=bread)
        imported("targets", "store,month,amount,phasing\nPAR,2026-06,420,last_year\n")

        imported("targets", "store,month,amount\nPAR,2026-06,840\n", name="more.csv")

        assert self.told() == [("last_year", "store")]
        assert StoreDayTarget.objects.get(day=date(2026, 6, 6)).amount == 80

    def test_what_contradicts_itself_is_refused_and_changes_nothing(self, imported):
        chain.store(code="PAR", closed_on=date(2026, 5, 31))
        run = imported(
            "targets",
            """
            store,month,amount,weights,phasing
            PAR,2026-06,420,,last_year
            PAR,2026-05,310,,weights
            PAR,2026-04,310,1|1|1|1|1|1|1,even
            PAR,2026-03,310,1|1|1|1|1|1|1,last_year
            PAR,2026-02,310,,moon
            """,
        )

        assert reasons(run) == [
            (2, "closed-all-month", "month = 2026-06-01"),
            (3, "weights-against-phasing", "phasing = weights"),
            (4, "weights-against-phasing", "phasing = even"),
            (5, "weights-against-phasing", "phasing = last_year"),
            (6, "unknown-value", "phasing = moon"),
        ]
        assert not StoreTarget.objects.exists()
