"""A chart on canvas: its data, and the same in words for the table behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from django.utils.functional import Promise

from reporting.views.tiles import Form, told

Kind = Literal["line", "bars", "bars-across"]
Text = str | Promise
FEWEST: Final = 3
"""Points of a line; fewer are bars."""


@dataclass(frozen=True, slots=True)
class Chart:
    """`names` are those of the series, by key: now, then, target, or any other for a plain one."""

    id: str
    kind: Kind
    title: Text
    subtitle: Text
    unit: Text
    names: Mapping[str, str]
    data: Mapping[str, Any]
    rows: Sequence[tuple[str, Sequence[str]]]
    empty: bool
    tall: bool = False

    @property
    def data_id(self) -> str:
        return f"{self.id}-data"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the axis: short on it, long in the table, and where a click leads."""

    short: str
    long: str
    href: str = ""


def chart(  # noqa: PLR0913 - the words of a chart
    id_: str,
    kind: Kind,
    *,
    title: Text,
    subtitle: Text,
    unit: Text,
    points: Sequence[Point],
    series: Mapping[str, tuple[Text, Sequence[Decimal | None]]],
    form: Form,
    currency: str,
) -> Chart:
    """Series by key, each with its name; one of which nothing is known is left out."""
    drawn = {
        key: (str(name), list(values))
        for key, (name, values) in series.items()
        if any(value is not None for value in values)
    }
    words = {
        key: [told(value, form, currency=currency) for value in values]
        for key, (_name, values) in drawn.items()
    }
    return Chart(
        id=id_,
        kind="bars" if kind == "line" and len(points) < FEWEST else kind,
        title=title,
        subtitle=subtitle,
        unit=unit,
        names={key: name for key, (name, _values) in drawn.items()},
        data={
            "labels": [point.short for point in points],
            "titles": [point.long for point in points],
            "links": [point.href for point in points],
            "names": {key: name for key, (name, _values) in drawn.items()},
            "series": {
                key: [None if value is None else format(value, "f") for value in values]
                for key, (_name, values) in drawn.items()
            },
            "told": words,
        },
        rows=[
            (point.long, [words[key][place] for key in drawn]) for place, point in enumerate(points)
        ],
        empty=not drawn,
    )
