"""What the overview adds to the figures: comparisons, shares, alerts, links; light and dark."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from model_bakery import baker

from epm.access.models import Role
from epm.imports.models import ImportRun, QuarantinedRow
from sales.models import StoreTarget
from tests.factories import chain
from tests.factories.chain import NOON
from tests.reporting.pages import get, links, rows
from tests.reporting.test_views import data, page, ranked, tile

ROOT = Path(__file__).resolve().parents[2]
CSS = (ROOT / "static" / "dashboards.css").read_text(encoding="utf-8")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def paris():
    return chain.store(code="PAR", name="Paris")


@pytest.fixture
def bakery():
    return chain.category(code="BAKERY", name="Bakery & co")


def sell(store, *, days_ago, net_ttc, category=None, unit_cost=Decimal(1)):
    line = {
        "product": chain.product(category=category or chain.category()),
        "net_ttc": net_ttc,
        "unit_cost": unit_cost,
    }
    chain.sale(store=store, at=NOON - timedelta(days=days_ago), lines=[line])


def alerts(text):
    found = re.search(r'<section class="alerts".*?</section>', text, re.DOTALL)
    items = re.findall(r"<li[^>]*>(.*?)</li>", found[0], re.DOTALL) if found else []
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", item)).strip() for item in items]


class TestAPeriodThatStillRuns:
    """31 March 2025 is a Monday: its week has had one day."""

    @pytest.fixture(autouse=True)
    def trade(self, paris):
        sell(paris, days_ago=0, net_ttc="240.00")
        sell(paris, days_ago=7, net_ttc="120.00")  # the Monday before
        sell(paris, days_ago=5, net_ttc="600.00")  # the Wednesday before
        sell(paris, days_ago=30, net_ttc="12.00")

    def test_is_compared_with_the_same_part_of_the_one_before(self, director):
        text = page(director, "period=week&on=2025-03-31")

        assert "Week 14 of 2025" in text
        assert "so far, until 31 March 2025" in text
        assert "vs previous ▲ +100.0%" in tile(text, "net_sales")

    def test_draws_no_zero_for_the_days_to_come(self, director):
        drawn = data(page(director, "period=week&on=2025-03-31"), "trend")

        assert drawn["series"]["now"] == ["200.00", *[None] * 6]
        assert drawn["series"]["then"] == ["100.00", "0", "500.00", *["0"] * 4]

    def test_has_none_after_it(self, director):
        text = page(director, "period=week&on=2025-03-31")

        assert 'rel="next"' not in text
        assert '<a rel="prev" href="?period=week&amp;on=2025-03-30"' in text

    def test_may_be_compared_with_any_days(self, director):
        text = page(
            director, "period=day&on=2025-03-31&vs=free&vs_from=2025-03-26&vs_to=2025-03-26"
        )

        assert "vs free dates ▼ −60.0%" in tile(text, "net_sales")
        assert ranked(text)[0][:3] == ["Paris", "€200", "−60.0%"]

    def test_a_change_leads_to_both_periods_side_by_side(self, director, paris):
        text = page(director, "period=week&on=2025-03-31&vs=last_year")
        before = links(text)["+100.0%"]

        assert "vs=last_year" not in before
        both = get(director, before).text_of_it
        assert rows(both, part="tfoot")[0][2:4] == ["€200", "+100.0%"]


class TestShares:
    @pytest.fixture(autouse=True)
    def trade(self, paris, bakery):
        fish = chain.category(code="FISH", name="Fish")
        sell(paris, days_ago=0, net_ttc="240.00", category=bakery)
        sell(paris, days_ago=0, net_ttc="60.00", category=fish)
        sell(paris, days_ago=1, net_ttc="120.00", category=bakery)
        sell(paris, days_ago=1, net_ttc="120.00", category=fish)

    def test_tell_size_and_change_in_words_and_by_class(self, director):
        text = page(director, "period=day&on=2025-03-31")

        boxes = re.findall(r'class="(\w+)"><title>([^<]+)</title>', text)
        assert (
            boxes
            == [
                ("up3", "Bakery &amp; co: €200, +100.0%"),
                ("down3", "Fish: €50, −50.0%"),
            ]
            * 2
        )

    def test_of_a_category_are_its_own(self, director):
        text = page(director, "period=day&on=2025-03-31&category=bakery")

        assert tile(text, "net_sales").startswith("Net sales excl. tax €200 ")
        assert "n/a because targets are of whole stores" in tile(text, "attainment")
        assert "vs target" not in text
        assert "Paris <small>· Bakery &amp; co</small>" in text

    def test_of_an_unknown_category_are_refused(self, director):
        text = page(director, "category=NOWHERE", status=400)

        assert "There is no category “NOWHERE”." in text
        assert "data-kpi" not in text


class TestAlerts:
    def test_name_stores_behind_their_target_to_date(self, director, paris):
        sell(paris, days_ago=1, net_ttc="240.00")
        StoreTarget.objects.create(store=paris, month="2025-03-01", amount=31000)

        text = page(director, "")

        assert alerts(text) == ["1 store is behind its target of the month to date Paris 0.7%"]

    def test_name_stores_without_a_sale_yesterday(self, director, paris):
        sell(paris, days_ago=1, net_ttc="10.00")
        lyon = chain.store(code="LYO", name="Lyon")
        sell(lyon, days_ago=2, net_ttc="10.00")

        assert alerts(page(director, "")) == [
            "1 store had no sale yesterday Lyon last on 29 March 2025"
        ]

    def test_do_not_wait_for_stores_that_have_closed(self, director, paris):
        gone = chain.store(code="LYO", name="Lyon", closed_on=NOON.date() - timedelta(days=2))
        for store, days in ((paris, 0), (gone, 2)):
            chain.sale(
                store=store,
                at=NOON - timedelta(days=days),
                lines=[{"product": chain.product(), "net_ttc": "12.00", "unit_cost": Decimal(5)}],
            )

        assert alerts(page(director, "")) == []

        type(gone).objects.filter(pk=gone.pk).update(closed_on=NOON.date() + timedelta(days=9))

        assert alerts(page(director, "")) == [
            "1 store had no sale yesterday Lyon last on 29 March 2025"
        ]

    def test_say_it_once_when_all_are_quiet(self, director, paris):
        sell(paris, days_ago=9, net_ttc="10.00")

        assert alerts(page(director, "")) == ["No sales since 22 March 2025"]

    def test_name_stores_whose_costs_are_not_known(self, director, paris):
        sell(paris, days_ago=0, net_ttc="30.00")
        sell(paris, days_ago=0, net_ttc="70.00", unit_cost=None)

        text = page(director, "")

        assert alerts(text) == ["1 store sells goods without a known purchase price Paris 30.0%"]
        assert re.search(r'class="tile warns" data-kpi="margin_rate"', text)
        assert "costs known for 30.0% of sales" in tile(text, "margin_rate")

    @pytest.mark.parametrize(("role", "sees"), [("director", True), ("manager", False)])
    def test_count_quarantined_rows_for_who_may_see_them(self, paris, role, sees):
        sell(paris, days_ago=0, net_ttc="10.00")
        run = baker.make(
            ImportRun, kind="sales", status="done", file_names=["a.csv"], columns=["a"],
            started_at=NOON, account={},
        )  # fmt: skip
        baker.make(QuarantinedRow, run=run, reason="x", cells=["x"], _quantity=2)
        baker.make(QuarantinedRow, run=run, reason="x", cells=["x"], resolved_by=run)
        who = chain.person(role, whole_chain=sees, stores=[] if sees else [paris])

        told = ["2 imported rows wait in quarantine See the imports"]
        assert alerts(page(who, "")) == (told if sees else [])

    def test_are_none_when_all_is_well(self, director, paris):
        sell(paris, days_ago=0, net_ttc="10.00")

        assert 'class="alerts"' not in page(director, "")


class TestTheTheme:
    def test_is_a_cookie_that_the_server_reads(self, director):
        browser = chain.signed_in(director)

        answer = browser.post("/theme", {"theme": "dark", "next": "/dashboards/?on=2025-03-31"})

        assert answer.headers["Location"] == "/dashboards/?on=2025-03-31"
        assert answer.cookies["epm_theme"]["httponly"]
        assert '<html lang="en" data-theme="dark">' in browser.get("/dashboards/").content.decode()
        browser.post("/theme", {"theme": "auto", "next": "/"})
        assert '<html lang="en">' in browser.get("/dashboards/").content.decode()

    @pytest.mark.parametrize("back", ["https://example.org/", "//example.org/", ""])
    def test_leads_nowhere_else(self, client, back):
        assert client.post("/theme", {"theme": "dark", "next": back}).headers["Location"] == "/"

    def test_is_one_of_two(self, director):
        browser = chain.signed_in(director)
        browser.cookies["epm_theme"] = '"><script>'

        assert '<html lang="en">' in browser.get("/dashboards/").content.decode()

    def test_is_not_chosen_by_a_link(self, client):
        assert client.get("/theme?theme=dark").status_code == 405


def _luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS
    )
}
TEXT_ON = [
    *((ink, ground) for ink in ("ink", "ink-soft", "accent", "better", "worse")
      for ground in ("panel", "ground")),
    ("accent-ink", "accent"), ("accent", "accent-soft"), ("ink", "warn-ground"),
    *((f"{step}-ink", step) for step in COLOURS if f"{step}-ink" in COLOURS and step != "accent"),
]  # fmt: skip


@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_is_read_on_both_grounds(ink, ground):
    for theme in (0, 1):
        assert _contrast(COLOURS[ink][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("line", [name for name in COLOURS if name.startswith("series-")])
def test_lines_are_seen_on_both_grounds(line):
    for theme in (0, 1):
        assert _contrast(COLOURS[line][theme], COLOURS["panel"][theme]) >= 3


@pytest.mark.parametrize("theme", [0, 1])
def test_steps_of_size_differ_by_lightness_alone(theme):
    steps = [_luminance(COLOURS[f"q{step}"][theme]) for step in range(7)]

    assert steps == sorted(steps, reverse=theme == 0)


@pytest.mark.parametrize(
    "template",
    sorted((ROOT / "templates" / "reporting").rglob("*.html")),
    ids=lambda path: path.name,
)
def test_templates_hold_no_style_no_script_and_no_handler(template):
    html = template.read_text(encoding="utf-8")

    assert re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", html) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []
