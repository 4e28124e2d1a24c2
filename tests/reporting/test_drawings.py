"""What the server draws: a line without axes, and areas by size."""

import re
from decimal import Decimal

import pytest

from reporting.views.charts.sparkline import sparkline
from reporting.views.charts.treemap import Part, treemap

ENOUGH = [Decimal(0), None, Decimal(5), Decimal(10), None, Decimal(2)]


def drawn(values):
    return sparkline(values, name="Sales", told=[str(value) for value in values])


class TestSparkline:
    def test_joins_neighbours_and_dots_what_stands_alone(self):
        line = drawn(ENOUGH)

        assert line.line == "M48.0 15.0L72.0 2.0"
        assert line.dots == "M0.0 28.0h0 M120.0 22.8h0"
        assert line.area == "M48.0 30L48.0 15.0L72.0 2.0L72.0 30Z"

    def test_says_its_ends_and_bounds(self):
        assert drawn(ENOUGH).told == "Sales: from 0 to 2, at least 0, at most 10"

    def test_is_none_of_two_values(self):
        assert drawn([Decimal(1), None, Decimal(2)]) is None


def part(name, size):
    return Part(name, Decimal(size), f"€{size}", f"{name}: €{size}", f"/{name}", "flat")


class TestTreemap:
    def test_names_below_what_has_no_room_for_a_word(self):
        wide, narrow = treemap("Goods", [part("BREAD", 9900), part("SALT & CO", 3)]).drawings

        for drawing in (wide, narrow):
            assert re.findall(r"<text[^>]*>([^<]*)</text>", drawing.body) == ["BREAD", "€9900"]
            assert (
                drawing.nameless == '<a href="/SALT &amp; CO">SALT &amp; CO</a> <small>€3</small>'
            )

    @pytest.mark.parametrize(
        ("name", "told", "look"),
        [
            ("DELI", "DELI", "strong"),
            ("NUTRITION & CO", "NUTRITION & CO", "strong fine"),
            ("MISCELLANEOUS TRANSACTIONS", "MISCELLANEOUS…", "strong fine"),
        ],
    )
    def test_a_long_name_is_smaller_before_it_is_cut(self, name, told, look):
        goods = [part(name, 25), part("BREAD", 75)]
        wide, _narrow = treemap("Goods", goods).drawings

        texts = re.findall(r'<text [^>]*class="([^"]*)">([^<]*)</text>', wide.body)
        assert (look, told.replace("&", "&amp;")) in texts
        assert wide.nameless == ""
