"""Growth of the stores, and on the days, that were open in both years."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from epm.access.models import Role
from epm.organization.models import StoreClosure
from reporting.selectors import kpis
from reporting.services import facts
from tests.factories import chain
from tests.factories.ledger import item

pytestmark = pytest.mark.django_db

WEEK = {"start": date(2026, 6, 8), "end": date(2026, 6, 14)}
YEAR = timedelta(days=364)
MONDAY, SUNDAY = WEEK["start"], WEEK["end"]


@pytest.fixture(params=["dirty", "clean"])
def freshness(request):
    def settle():
        if request.param == "clean":
            facts.refresh()

    return settle


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def sold(store, day, net):
    at = datetime.combine(day, time(12), UTC)
    chain.sale(store=store, at=at, lines=[item(chain.product(), 1, net, rate="0")])


def shop(code, *, opened=date(2015, 1, 1), then=None, now=None, **fields):
    """A store that sold `then` on the Monday a year before, and `now` this Monday."""
    store = chain.store(code=code, opened_on=opened, **fields)
    for day, net in ((MONDAY - YEAR, then), (MONDAY, now)):
        if net is not None:
            sold(store, day, net)
    return store


def told(director, *, codes=("like_for_like",), **words):
    return kpis.report(principal=director, **{**WEEK, **words, "kpis": codes})


def lfl(director, **words):
    return told(director, **words).total["like_for_like"]


def rows(director, by, **words):
    report = told(director, by=by, **words)
    return {row.key: row.kpis["like_for_like"] for row in report.rows}


def closed(store, first, last):
    StoreClosure.objects.create(store=store, first_day=first, last_day=last)


@pytest.fixture
def vector():
    """A 100 → 110; B opened four months ago, → 50; C 200 → 190, shut on two days worth 20."""
    north = chain.region(code="N")
    shop("A", then="100", now="110", region=north)
    shop("B", opened=date(2026, 2, 8), now="50", region=north)
    c = shop("C", then="180", now="190", region=chain.region(code="S"))
    sold(c, date(2026, 6, 10) - YEAR, "12")
    sold(c, date(2026, 6, 11) - YEAR, "8")
    closed(c, date(2026, 6, 10), date(2026, 6, 11))


@pytest.mark.usefixtures("vector")
class TestTheVector:
    def test_is_7_14_percent_of_16_67(self, director, freshness):
        freshness()

        figures = told(director, codes=["like_for_like", "growth_last_year"]).total

        assert figures == {
            "like_for_like": "0.0714285714",
            "growth_last_year": "0.1666666667",
        }

    def test_by_store_and_region(self, director, freshness):
        freshness()

        assert rows(director, "store") == {"A": "0.1000000000", "B": None, "C": "0.0555555556"}
        assert rows(director, "region") == {"N": "0.1000000000", "S": "0.0555555556"}

    @pytest.mark.parametrize("by", ["week", "month", "retail_month", "quarter"])
    def test_of_one_row_in_time_is_the_total(self, director, by):
        assert list(rows(director, by).values()) == ["0.0714285714"]

    def test_by_category_and_product_is_not_known(self, director):
        assert set(rows(director, "category").values()) == {None}
        assert set(rows(director, "product").values()) == {None}

    def test_of_those_who_may_be_seen(self, director):
        regional = chain.person(Role.MANAGER, stores=[])
        assert lfl(regional) is None
        assert lfl(director, stores=["A"]) == "0.1000000000"
        assert lfl(director, regions=["S"]) == "0.0555555556"


class TestComparableStores:
    def test_are_open_53_weeks_before(self, director):
        shop("A", opened=MONDAY - timedelta(days=371), then="100", now="110")
        shop("B", opened=MONDAY - timedelta(days=370), then="100", now="999")

        assert lfl(director) == "0.1000000000"

    def test_by_their_first_sale_when_nobody_says_when_they_opened(self, director):
        a = shop("A", opened=None, then="100", now="110")
        shop("B", opened=None, then="100", now="999")
        sold(a, MONDAY - timedelta(days=371), "1")

        assert lfl(director) == "0.1000000000"

    def test_are_known_from_the_first_day_of_last_year(self, director):
        a = shop("A", now="110")
        sold(a, MONDAY - YEAR + timedelta(days=1), "100")

        assert lfl(director) is None

    def test_are_not_closed_before_the_period_ends(self, director):
        shop("A", then="100", now="110", closed_on=SUNDAY)
        shop("B", then="100", now="999", closed_on=SUNDAY - timedelta(days=1))

        assert lfl(director) == "0.1000000000"

    def test_count_when_they_sold_nothing(self, director):
        shop("A", then="100")

        assert lfl(director) == "-1.0000000000"


class TestClosures:
    def test_of_last_year_are_left_out_now(self, director):
        a = shop("A", then="100", now="110")
        sold(a, MONDAY + timedelta(days=2), "500")
        closed(a, MONDAY - YEAR + timedelta(days=2), MONDAY - YEAR + timedelta(days=3))

        assert lfl(director) == "0.1000000000"

    def test_by_date_meet_the_same_dates(self, director):
        a = chain.store(code="A", opened_on=date(2015, 1, 1))
        for day, net in (
            (date(2024, 6, 1), "1"),
            (date(2025, 6, 8), "100"),
            (date(2025, 6, 10), "77"),
            (date(2026, 6, 8), "110"),
        ):
            sold(a, day, net)
        closed(a, date(2026, 6, 10), date(2026, 6, 10))

        assert lfl(director, last_year="date") == "0.1000000000"

    def test_of_all_the_period_leave_nothing_to_compare(self, director):
        a = shop("A", then="100")
        closed(a, MONDAY, SUNDAY)

        assert lfl(director) is None


class TestRowsInTime:
    def test_each_with_its_own_stores_and_days(self, director):
        """B opened 53 weeks before the second week; A is shut for a day of the first."""
        a = shop("A", then="100", now="110")
        b = shop("B", opened=MONDAY - timedelta(days=364), then="50", now="60")
        for store, then, now in ((a, "200", "250"), (b, "100", "150")):
            sold(store, MONDAY - YEAR + timedelta(days=7), then)
            sold(store, MONDAY + timedelta(days=7), now)
        closed(a, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
        two_weeks = {"end": SUNDAY + timedelta(days=7)}

        assert rows(director, "week", **two_weeks) == {
            "2026-W24": "0.1000000000",
            "2026-W25": "0.3333333333",
        }
        by_day = rows(director, "day", **two_weeks)
        assert by_day == {"2026-06-08": "0.1000000000", "2026-06-15": "0.3333333333"}
        # over both weeks B is not
        assert lfl(director, **two_weeks) == "0.2000000000"

    def test_by_date_29_february_meets_nothing(self, director):
        a = chain.store(code="A", opened_on=date(2015, 1, 1))
        for day, net in (
            (date(2022, 1, 1), "1"),
            (date(2023, 2, 28), "100"),
            (date(2024, 2, 28), "110"),
            (date(2024, 2, 29), "10"),
        ):
            sold(a, day, net)
        february = {"start": date(2024, 2, 1), "end": date(2024, 2, 29), "last_year": "date"}

        assert lfl(director, **february) == "0.2000000000"
        assert rows(director, "day", **february) == {
            "2024-02-28": "0.1000000000",
            "2024-02-29": None,
        }
        assert rows(director, "month", **february) == {"2024-02": "0.2000000000"}


def test_a_day_of_fees_alone_makes_no_earlier_day_known(director, freshness):
    """Its first sale lies within the days compared with, so these are not all known."""
    store = chain.store(code="A", opened_on=date(2015, 1, 1))
    fee = item(chain.product(), 1, "5.00", kind="fee", rate="0")
    early = datetime.combine(MONDAY - 2 * YEAR, time(12), UTC)
    chain.sale(store=store, at=early, lines=[fee])
    sold(store, MONDAY - YEAR + timedelta(days=2), "100.00")
    sold(store, MONDAY + timedelta(days=2), "110.00")
    freshness()

    assert lfl(director) is None
