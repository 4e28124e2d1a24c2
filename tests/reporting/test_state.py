"""The URL holds the whole state: what it says is read back, what it cannot say is a mistake."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from epm.platform.calendars import Period, PeriodKind
from reporting.views.state import State, Versus, read
from sales.selectors.days import Span

SPAN = Span(date(2024, 1, 1), date(2026, 11, 15))
CODES = st.text('AZ09é漢 #&=%+;/?"<', min_size=1, max_size=12)
DAYS = st.dates(date(2001, 1, 1), date(2190, 12, 31))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
) | DAYS.map(lambda day: datetime.combine(day, time.max, UTC))


def state_of(query, **named):
    return read(QueryDict(query), span=SPAN, **named)


@st.composite
def states(draw):
    start = draw(DAYS)
    on = start + timedelta(days=draw(st.integers(0, 3000)))
    vs = draw(st.sampled_from(Versus))
    free = Period(start, on)
    bare = State(
        kind=PeriodKind.FREE,
        on=on,
        start=start,
        end=on,
        vs=vs,
        vs_free=free if vs is Versus.FREE else None,
        stores=tuple(draw(st.lists(CODES, max_size=3, unique=True))),
        regions=tuple(draw(st.lists(CODES, max_size=3, unique=True))),
        category=draw(st.none() | CODES),
        product=draw(st.none() | st.integers(1, 2**63 - 1)),
        known_at=draw(st.none() | MOMENTS),
        by=draw(st.none() | st.sampled_from(["store", "category", "day"])),
    )
    kind = draw(st.sampled_from(PeriodKind))
    if kind is not PeriodKind.FREE:
        bare = bare.of_kind(kind, on)
    if sort := draw(st.none() | st.sampled_from(["net_sales", "-atv"])):
        bare = bare.sorted_by(sort.removeprefix("-"))
    return bare.on_page(draw(st.integers(1, 10**6)))


@given(states())
def test_what_a_state_says_of_itself_is_the_state(state):
    assert state_of(state.query) == state


@given(states())
def test_a_period_has_one_before_and_one_to_compare_with(state):
    assert state.earlier().start < state.start
    assert state.compared.start <= state.compared.end


@given(
    st.dictionaries(
        st.sampled_from([
            "period", "on", "from", "to", "vs", "vs_from", "vs_to", "store", "region",
            "category", "product", "by", "sort", "page", "last_year",
        ]),
        st.text("09-é²\0 %", max_size=12)
        | st.sampled_from(["week", "free", "2026-02-29", "0001-01-01", "9999-12-31", "-1"]),
    )
)  # fmt: skip
def test_nothing_typed_is_an_error(words):
    query = QueryDict(mutable=True)
    for name, text in words.items():
        query[name] = text

    state = read(query, span=SPAN, sorts={"net_sales"}, bys={"store"})

    assert state.start <= state.end
    assert state.compared.start <= state.compared.end
    assert state_of(state.query).mistakes == ()


def test_the_default_is_the_28_days_up_to_the_last_sale():
    state = state_of("")

    assert (state.kind, state.start, state.end) == (
        PeriodKind.ROLLING_28, date(2026, 10, 19), date(2026, 11, 15),
    )  # fmt: skip
    assert state.compared == Period(date(2026, 9, 21), date(2026, 10, 18))
    assert state.query == "period=rolling_28&on=2026-11-15"


@pytest.mark.parametrize(
    ("query", "start", "end", "before"),
    [
        ("period=day&on=2026-11-15", "2026-11-15", "2026-11-15", "2026-11-14"),
        ("period=week&on=2026-11-15", "2026-11-09", "2026-11-15", "2026-11-02"),
        ("period=month&on=2026-11-15", "2026-11-01", "2026-11-30", "2026-10-01"),
        ("period=quarter&on=2026-11-15", "2026-10-01", "2026-12-31", "2026-07-01"),
        ("period=year_to_date&on=2026-11-15", "2026-01-01", "2026-11-15", "2025-01-01"),
        ("period=rolling_7&on=2026-11-15", "2026-11-09", "2026-11-15", "2026-11-02"),
        ("period=retail_month&on=2026-11-15", "2026-11-01", "2026-11-28", "2026-09-27"),
        ("from=2026-11-03&to=2026-11-05", "2026-11-03", "2026-11-05", "2026-10-31"),
        ("period=free&from=2026-11-03&to=2026-11-05&on=2020-01-01", "2026-11-03", "2026-11-05",
         "2026-10-31"),
        ("period=week&from=2026-01-03&to=2026-01-05&on=2026-11-15", "2026-11-09", "2026-11-15",
         "2026-11-02"),
    ],
)  # fmt: skip
def test_periods_by_kind_and_day_or_by_their_ends(query, start, end, before):
    state = state_of(query)

    assert (str(state.start), str(state.end), str(state.compared.start)) == (start, end, before)
    assert state.mistakes == ()


@pytest.mark.parametrize(
    ("vs", "start", "end"),
    [
        ("previous", "2026-11-02", "2026-11-08"),
        ("last_year", "2025-11-10", "2025-11-16"),
        ("last_year_date", "2025-11-10", "2025-11-16"),
        ("free&vs_from=2026-01-01&vs_to=2026-01-07", "2026-01-01", "2026-01-07"),
        ("free", "2026-11-02", "2026-11-08"),
    ],
)
def test_what_a_week_is_compared_with(vs, start, end):
    compared = state_of(f"period=week&on=2026-11-15&vs={vs}").compared

    assert (str(compared.start), str(compared.end)) == (start, end)


def test_older_addresses_still_work():
    state = state_of("from=2026-11-01&to=2026-11-15&last_year=date&sort=net_sales&store=PAR")

    assert (str(state.start), str(state.end), state.stores) == (
        "2026-11-01",
        "2026-11-15",
        ("PAR",),
    )
    assert state.vs is Versus.LAST_YEAR_DATE
    assert state.mistakes == ()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("period=fortnight", "“fortnight” is not one of: day, week, "),
        ("period=week&on=2026-13-01", "“2026-13-01” is not a day"),
        ("period=week&on=2026-W01-1", "“2026-W01-1” is not a day"),
        ("vs=never", "“never” is not one of: previous, last_year, "),
        ("vs=free&vs_from=2026-02-01&vs_to=2026-01-01", "ends before it begins"),
        ("by=colour", "“colour” is not one of: store"),
        ("sort=colour", "Rows cannot be sorted by “colour”."),
        ("sort=--net_sales", "Rows cannot be sorted by “--net_sales”."),
        ("page=0", "“0” is not a number for “page”."),
        ("page=١", "“١” is not a number for “page”."),
        ("product=9999999999999999999", "is not a number for “product”."),
        ("store=%00", "“store” cannot be read."),
        ("category=" + "x" * 301, "“category” cannot be read."),
    ],
)
def test_mistakes_are_told(query, said):
    state = state_of(query, sorts={"net_sales"}, bys=["store"])

    assert len(state.mistakes) == 1
    assert said in str(state.mistakes[0])


def test_a_column_is_sorted_downwards_first_and_then_the_other_way():
    state = state_of("")

    assert state.sorted_by("atv").sort == "-atv"
    assert state.sorted_by("atv").sorted_by("atv").sort == "atv"
    assert state.sorted_by("net_sales").sort == "net_sales"
    assert state.sorted_by("net_sales").sorted_by("net_sales").sort is None


def test_another_choice_begins_at_the_first_page():
    state = state_of("page=4&by=store&sort=-atv")

    assert state.of_store("PAR").page == 1
    assert state.grouped("category").sort is None
    assert state.on_page(5).sort == "-atv"
