"""`kpis` and `refresh_views`: the registry and the views from the shell."""

import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from epm.access.models import Role
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import OF_SALES
from reporting.models import MonthlyStoreRevenue, StoreDay, ViewRefresh
from reporting.selectors import kpis
from reporting.services import views
from tests.factories import chain
from tests.factories.chain import NOON
from tests.factories.ledger import item

pytestmark = pytest.mark.django_db
MARCH = ("--from", "2025-03-01", "--to", "2025-03-31")


def said(*words):
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def paris():
    store = chain.store(code="PAR", name="Paris")
    chain.sale(store=store, lines=[item(chain.product(), 2, "2400.00", shelf="240.00")])
    return store


class TestKpis:
    @pytest.mark.parametrize("by", [None, *map(str, Dimension)])
    def test_json_is_the_report_with_every_code(self, paris, by):
        told = json.loads(said("kpis", *MARCH, "--json", *(["--by", by] if by else [])))

        report = kpis.report(
            principal=chain.person(Role.DIRECTOR, whole_chain=True),
            start=date(2025, 3, 1),
            end=date(2025, 3, 31),
            by=by,
            kpis=OF_SALES,
        ).as_json()
        assert told | {"as_of": None} == report | {"as_of": None}
        assert set(told["total"]) == set(OF_SALES)

    def test_table_of_the_total(self, paris):
        lines = said("kpis", *MARCH, "--kpi", "net_sales", "--kpi", "discount_rate", "--kpi", "atv",
                     "--kpi", "margin_rate", "--kpi", "units").splitlines()  # fmt: skip

        assert lines[0].startswith("2025-03-01 … 2025-03-31 · EUR · as of ")
        assert lines[2:] == [
            "Net sales excl. tax         1,800.00",
            "Discount rate                10.00 %",
            "Average basket excl. tax  1,800.0000",
            "Margin rate                      n/a",
            "Units                          2.000",
        ]

    @pytest.mark.parametrize(
        ("words", "days"),
        [
            (("--period", "week", "--on", "2026-11-15"), "2026-11-09 … 2026-11-15"),
            (("--period", "rolling_28", "--on", "2026-11-15"), "2026-10-19 … 2026-11-15"),
            (("--period", "quarter"), "2025-01-01 … 2025-03-31"),
            ((), "2025-03-01 … 2025-03-31"),
        ],
    )
    def test_a_period_is_named_by_a_day_of_it(self, time_machine, words, days):
        time_machine.move_to(NOON)

        assert said("kpis", *words, "--kpi", "units").startswith(days)

    def test_table_by_store(self, paris):
        lines = said("kpis", *MARCH, "--by", "store", "--kpi", "net_sales").splitlines()

        assert lines[2:] == [
            "              net_sales",
            "PAR    Paris   1,800.00",
            "Total          1,800.00",
        ]

    @pytest.mark.parametrize(
        ("words", "because"),
        [
            (("--from", "2025-03-32", "--to", "2025-03-31"), "“2025-03-32” is not a day"),
            ((*MARCH, "--period", "week"), "not both"),
            (("--on", "2025-03-31"), "“on” is the day of a “period”"),
            (("--from", "2025-04-01", "--to", "2025-03-31"), "ends before it begins"),
            ((*MARCH, "--store", "XXX"), "no store “XXX”"),
            ((*MARCH, "--category", "XXX"), "no category “XXX”"),
            ((*MARCH, "--product", "XXX"), "no product “XXX”"),
            ((*MARCH, "--kpi", "XXX"), "no key figure “XXX”"),
            ((*MARCH, "--by", "planet"), "'planet' .choose from '?store'?, '?region'?,"),
        ],
    )
    def test_a_mistake_is_one_clear_line(self, paris, words, because):
        with pytest.raises(CommandError, match=because):
            said("kpis", *words)


class TestRefreshViews:
    def test_shows_monthly_revenue_as_of_now(self, paris):
        out = said("refresh_views")

        assert out.startswith("facts: 1 store days recomputed\ngoods: 1 store months recomputed\n")
        month = MonthlyStoreRevenue.objects.get()
        assert (month.store, month.month) == (paris, date(2025, 3, 1))
        assert (month.net_sales_ht, month.net_sales_ttc, month.transactions) == (1800, 2160, 1)
        assert set(ViewRefresh.objects.values_list("view", flat=True)) == set(views.VIEWS)

    def test_rebuilds_facts_on_request(self, paris):
        said("refresh_views")
        StoreDay.objects.update(net_ht=777)

        said("refresh_views", "--rebuild-facts", "--view", "mv_ca_magasin_mensuel")

        assert MonthlyStoreRevenue.objects.get().net_sales_ht == 1800

    def test_an_unknown_view_is_refused_and_nothing_rebuilt(self, paris):
        with pytest.raises(CommandError, match="“mv_x” is not one of: mv_ca_magasin_mensuel"):
            said("refresh_views", "--view", "mv_x")

        assert not ViewRefresh.objects.exists()

    def test_rows_are_read_only(self, paris):
        views.refresh_views()
        said("refresh_views")

        with pytest.raises(TypeError, match="read-only"):
            MonthlyStoreRevenue.objects.get().save()
        with pytest.raises(TypeError, match="read-only"):
            MonthlyStoreRevenue.objects.get().delete()
