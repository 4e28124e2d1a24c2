"""What samples say of numbers and dates: told where only one reading fits, else left open."""

import pytest

from epm.imports.fields import Field
from epm.imports.written import Written, written

FIELDS = [Field("sold_at", "moment"), Field("amount", "number")]


def of(numbers=(), times=(), clocks=None):
    given = {"N": "amount", "T": "sold_at", "C": "sold_at"}
    columns = {"N": list(numbers), "T": list(times), "C": list(clocks or [])}
    return written({c: v for c, v in columns.items() if v}, given=given, fields=FIELDS)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (["3,49", "16"], Written(decimal_mark=",")),
        (["3.49", ""], Written(decimal_mark=".")),
        (["1 002,50"], Written(decimal_mark=",", thousands=" ")),
        (["1\u202f002,50 €"], Written(decimal_mark=",", thousands=" ", strip="€")),
        (["1.002,50"], Written(decimal_mark=",", thousands=".")),
        (["1,002.50", "2,000"], Written(decimal_mark=".", thousands=",")),
        (["0,125"], Written(decimal_mark=",")),
        (["1,250"], Written(doubtful_numbers=True)),
        (["1,5", "2.5"], Written(doubtful_numbers=True)),
        (["12", "-3"], Written()),
        (["many"], Written()),
    ],
)
def test_numbers(samples, said):
    assert of(numbers=samples) == said


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (["16/11/2026"], Written(dates=("%d/%m/%Y",))),
        (["05/01/2026", "16/11/2026", "31/02/2026"], Written(dates=("%d/%m/%Y",))),
        (["12/1/2010 8:26", "12/13/2010 9:05"], Written(dates=("%m/%d/%Y %H:%M",))),
        (["16.11.26 08:49:01", "16.11.26"], Written(dates=("%d.%m.%y %H:%M:%S", "%d.%m.%y"))),
        (["20261116"], Written(dates=("%Y%m%d",))),
        (["11/16/2026 8:49 PM"], Written(dates=("%m/%d/%Y %I:%M %p",))),
        (["05/01/2026"], Written(doubtful_dates=True)),
        (["16/11/2026", "11/16/2026"], Written(doubtful_dates=True)),
        (["soon"], Written(doubtful_dates=True)),
        (["2026-11-16", "2026-11-16T08:49"], Written()),
        (["2026-11", "202611"], Written()),
        (["", ""], Written()),
    ],
)
def test_dates(samples, said):
    assert of(times=samples) == said


def test_a_date_and_its_time_in_two_columns():
    assert of(times=["16/11/2026", ""], clocks=["09:12", ""]).dates == ("%d/%m/%Y %H:%M",)


def test_columns_that_nobody_has_mapped_yet_count_by_what_they_look_like():
    samples = {"When": ["16/11/2026"], "Paid": ["3,49"], "Code": ["20261116"], "Name": ["a,b"]}

    said = written(samples, given={}, fields=FIELDS)

    assert said == Written(decimal_mark=",", dates=("%d/%m/%Y",))
