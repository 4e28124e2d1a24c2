"""How a target is doing while its days go by: to date, projected, still required."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from epm.access.models import Role
from epm.organization.models import StoreClosure
from reporting.selectors import kpis
from reporting.services import facts
from sales.models import StoreTarget
from tests.factories import chain
from tests.factories.ledger import item

pytestmark = pytest.mark.django_db

CODES = (
    "attainment_to_date", "target_gap", "projection", "projection_linear", "required_per_weight",
    "required_per_day",
)  # fmt: skip
APRIL = {"start": date(2026, 4, 1), "end": date(2026, 4, 30)}
# 38 % of the weight on the first twelve days; the thirteenth has none, the fourteenth 4 %
WEIGHTS = [3] * 11 + [5, 0, 4] + [3] * 14 + [8, 8]


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def on_13_april(time_machine):
    time_machine.move_to(datetime(2026, 4, 13, 9, tzinfo=UTC), tick=False)


@pytest.fixture
def paris():
    return chain.store(code="PAR")


def target(store, amount, *, weights=None, month=date(2026, 4, 1)):
    StoreTarget.objects.create(
        store=store, month=month, amount=Decimal(amount), day_weights=weights,
        phasing="weights" if weights else "even",
    )  # fmt: skip


def sold(store, day, net, *, month=4):
    at = datetime(2026, month, day, 10, tzinfo=UTC)
    chain.sale(store=store, at=at, lines=[item(chain.product(), 1, net, rate="0")])


def told(director, *, codes=CODES, **words):
    return kpis.report(principal=director, **{**APRIL, **words, "kpis": codes})


@pytest.mark.parametrize("clean", [False, True], ids=["dirty", "clean"])
@pytest.mark.usefixtures("on_13_april")
def test_the_vector(director, paris, clean):
    """G = 100 000, A = 42 000, day 12 of 30, W = 0.38; today's sales do not count yet."""
    target(paris, "100000", weights=WEIGHTS)
    for day, net in ((1, "30000"), (12, "12000"), (13, "999")):
        sold(paris, day, net)
    if clean:
        facts.refresh()

    assert told(director).total == {
        "attainment_to_date": "1.1052631579",
        "target_gap": "4000.00",
        "projection": "110526.32",
        "projection_linear": "105000.00",
        "required_per_weight": "93548.39",
        "required_per_day": "3741.94",  # the 14th: 93 548.39 × 4 %
    }


@pytest.mark.usefixtures("on_13_april")
def test_of_several_stores_sums_are_divided_last(director, paris):
    lyon = chain.store(code="LYO")
    target(paris, "3000")
    target(lyon, "6000")
    for day in range(1, 13):
        sold(paris, day, "100")
        sold(lyon, day, "100")

    by_store = told(director, by="store")

    assert {row.key: [row.kpis[code] for code in CODES] for row in by_store.rows} == {
        "PAR": ["1.0000000000", "0.00", "3000.00", "3000.00", "3000.00", "100.00"],
        "LYO": ["0.5000000000", "-1200.00", "3000.00", "3000.00", "8000.00", "266.67"],
    }
    assert list(by_store.total.values()) == [
        "0.6666666667", "-1200.00", "6000.00", "6000.00", "11000.00", "366.67",
    ]  # fmt: skip


class TestWhatIsOverAndKnown:
    @pytest.mark.usefixtures("on_13_april")
    def test_days_after_the_last_sale_have_not_come_in_yet(self, director, paris):
        target(paris, "3000")
        for day in range(1, 11):
            sold(paris, day, "100")

        assert told(director).total["attainment_to_date"] == "1.0000000000"
        assert told(director).total["required_per_day"] == "100.00"

    @pytest.mark.usefixtures("on_13_april")
    def test_a_day_without_sales_before_one_with_is_known(self, director, paris):
        target(paris, "3000")
        sold(paris, 12, "1200")

        assert told(director).total["projection"] == "3000.00"

    @pytest.mark.usefixtures("on_13_april")
    def test_days_of_a_closure_are_known_to_have_none(self, director, paris):
        target(paris, "3000")
        sold(paris, 3, "300")
        StoreClosure.objects.create(
            store=paris, first_day=date(2026, 4, 4), last_day=date(2026, 4, 20)
        )

        assert told(director).total["target_gap"] == "-900.00"

    @pytest.mark.usefixtures("on_13_april")
    def test_so_are_those_after_it_closed_for_good(self, director, paris):
        target(paris, "3000")
        sold(paris, 3, "300")
        paris.closed_on = date(2026, 4, 3)
        paris.save()

        assert told(director).total["target_gap"] == "-900.00"

    @pytest.mark.parametrize(
        ("zone", "cutoff", "at", "days"),
        [
            ("Europe/Paris", 0, datetime(2026, 4, 12, 21, 59, tzinfo=UTC), 11),
            ("Europe/Paris", 0, datetime(2026, 4, 12, 22, 0, tzinfo=UTC), 12),
            ("Europe/Paris", 4, datetime(2026, 4, 13, 1, 59, tzinfo=UTC), 11),
            ("Europe/Paris", 4, datetime(2026, 4, 13, 2, 0, tzinfo=UTC), 12),
            ("Pacific/Auckland", 0, datetime(2026, 4, 12, 12, 0, tzinfo=UTC), 12),
        ],
    )
    def test_a_day_is_over_when_it_is_in_the_store(
        self, director, paris, time_machine, zone, cutoff, at, days
    ):
        paris.timezone, paris.day_cutoff_hour = zone, cutoff
        paris.save()
        target(paris, "3000")
        for day in range(1, 14):
            sold(paris, day, "150")
        time_machine.move_to(at, tick=False)

        assert told(director).total["target_gap"] == f"{50 * days}.00"

    def test_when_all_is_over_the_projection_is_what_was_sold(self, director, paris, time_machine):
        time_machine.move_to(datetime(2026, 5, 2, tzinfo=UTC), tick=False)
        target(paris, "3000")
        sold(paris, 3, "300")

        for by in (None, "month", "quarter"):
            report = told(director, by=by)
            for figures in (report.total, *(row.kpis for row in report.rows)):
                assert list(figures.values()) == [
                    "0.1000000000", "-2700.00", "300.00", "300.00", None, None,
                ]  # fmt: skip


@pytest.mark.usefixtures("on_13_april")
class TestRows:
    def test_each_week_is_over_at_its_own_end(self, director, paris):
        target(paris, "3000")
        sold(paris, 2, "50")
        sold(paris, 7, "300")

        rows = told(director, by="week").rows

        assert [(row.key, *row.kpis.values()) for row in rows] == [
            # 1 to 5 April
            ("2026-W14", "0.1000000000", "-450.00", "50.00", "50.00", None, None),
            # over on the 12th, although nothing is known after the 7th
            ("2026-W15", "0.4285714286", "-400.00", "300.00", "300.00", None, None),
            ("2026-W16", None, None, None, None, "700.00", "100.00"),
            ("2026-W17", None, None, None, None, "700.00", "100.00"),
            ("2026-W18", None, None, None, None, "400.00", "100.00"),
        ]

    def test_a_day_is_over_or_to_come(self, director, paris):
        target(paris, "3000")
        sold(paris, 12, "50")

        rows = {row.key: list(row.kpis.values()) for row in told(director, by="day").rows}

        assert len(rows) == 30
        assert rows["2026-04-12"] == ["0.5000000000", "-50.00", "50.00", "50.00", None, None]
        assert rows["2026-04-13"] == [None, None, None, None, "100.00", "100.00"]

    @pytest.mark.parametrize("by", ["retail_month", "month", "quarter"])
    def test_of_longer_ones_sum_to_the_total(self, director, paris, by):
        for month in (3, 4, 5):
            target(paris, "3100", month=date(2026, month, 1))
        sold(paris, 12, "500")
        sold(paris, 3, "700", month=3)
        whole = {"start": date(2026, 3, 1), "end": date(2026, 5, 31)}

        report = told(director, by=by, codes=["target", "target_gap", "net_sales"], **whole)

        gaps = [Decimal(row.kpis["target_gap"] or 0) for row in report.rows]
        assert sum(gaps) == Decimal(report.total["target_gap"])
        # 3 100 in March, 12 days in April, the first ten with a cent more
        assert report.total["target_gap"] == "-3140.06"


@pytest.mark.usefixtures("on_13_april")
class TestUnknown:
    def test_without_target(self, director, paris):
        sold(paris, 3, "300")

        assert set(told(director).total.values()) == {None}

    def test_before_the_first_day_is_over(self, director, paris):
        target(paris, "3000", month=date(2026, 5, 1))
        sold(paris, 3, "300")
        may = {"start": date(2026, 5, 1), "end": date(2026, 5, 31)}

        figures = told(director, **may).total

        assert list(figures.values()) == [None, None, None, None, "3000.00", "96.78"]

    def test_by_category_and_product(self, director, paris):
        target(paris, "3000")
        sold(paris, 3, "300")

        for by in ("category", "product"):
            (row,) = told(director, by=by).rows
            assert set(row.kpis.values()) == {None}

    def test_of_another_store(self, director, paris):
        target(paris, "3000")
        sold(paris, 3, "300")
        lyon = chain.store(code="LYO")
        manager = chain.person(Role.MANAGER, stores=[lyon])

        assert set(told(manager).total.values()) == {None}


@pytest.mark.usefixtures("on_13_april")
def test_is_read_in_the_same_statement(director, paris, django_assert_num_queries):
    for store in (paris, chain.store(), chain.store()):
        target(store, "3000")
        sold(store, 3, "300")
    told(director)  # knows the scope of its user from now on

    for by in (None, "store", "week"):
        with django_assert_num_queries(2):
            told(director, by=by, codes=[*CODES, "like_for_like", "net_sales"])


def test_a_day_ends_with_the_stores_own_cut_off_in_summer_time_too(director, time_machine):
    """On 29 March 2026 Paris has 23 hours."""
    paris = chain.store(code="PAR")
    target(paris, "3100", month=date(2026, 3, 1))
    for day in range(1, 30):
        sold(paris, day, "100", month=3)
    midnight = datetime(2026, 3, 29, 22, tzinfo=UTC)
    march = {"start": date(2026, 3, 1), "end": date(2026, 3, 31)}

    gaps = []
    for at in (midnight - timedelta(seconds=1), midnight):
        time_machine.move_to(at, tick=False)
        gaps.append(told(director, codes=["required_per_weight"], **march).total)

    # (3 100 − 2 800) / (3 / 31), then (3 100 − 2 900) / (2 / 31)
    assert [gap["required_per_weight"] for gap in gaps] == ["3100.00", "3100.00"]
