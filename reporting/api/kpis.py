"""Key figures: the same registry as the screen, the command and the file."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_filters import ChoiceFilter
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.platform.calendars import Period
from epm.platform.endpoints import Endpoint, same_names
from epm.platform.filters import (
    CodesFilter,
    DateFilter,
    MomentFilter,
    StrictFilterSet,
    TextFilter,
)
from reporting.api.serializers import KpiOut, KpisOut, PeriodOut
from reporting.kpis import stock
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import OF_SALES, REGISTRY
from reporting.selectors import cached, freshness, kpis
from reporting.selectors.stock import reads_stock

COSTS = stock.OF_COSTS | {"cost", "gross_margin", "margin_rate", "cost_coverage"}


class PeriodFilters(StrictFilterSet):
    """Which days, places and goods."""

    store = CodesFilter(label="Store codes.")
    region = CodesFilter(label="Region codes.")
    category = TextFilter(label="Category code; with all below it.")
    product = TextFilter(label="SKU; that product only.")
    period = ChoiceFilter(
        choices=[(kind.value, kind.value) for kind in kpis.NAMED],
        label="Instead of from and to: the period of that kind which `on` is in, or ends.",
    )
    on = DateFilter(label="A day of the period; today if left out.")
    named = {
        "from": DateFilter(label="First business day; the first of the month of `to` if left out."),
        "to": DateFilter(label="Last business day, inclusive; today if left out."),
    }


class TotalFilters(PeriodFilters):
    """The query words of the `kpis` command, without `by`."""

    kpi = CodesFilter(label="KPI codes; all but those of stock when left out.")
    last_year = ChoiceFilter(
        choices=[("weekday", "weekday"), ("date", "date")],
        label="Compare with 364 days before (weekday, the default) or the same date.",
    )
    known_at = MomentFilter(
        label="Of the sales recorded until then: a time with its offset, or a day (its end, UTC)."
    )


class KpiFilters(TotalFilters):
    """The query words of the `kpis` command."""

    by = ChoiceFilter(
        choices=[(name.value, name.value) for name in Dimension], label="One row for each."
    )


def period_of(words: Mapping[str, Any]) -> Period:
    """The days that the query names. Raise BadPeriod."""
    return kpis.period_asked(
        start=words["from"],
        end=words["to"],
        kind=words["period"] or None,
        on=words["on"],
        today=timezone.now().date(),
    )


class Kpis(Endpoint):
    """Key figures of a period over the stores you see, in total and by a dimension."""

    right = rights.KPIS
    conditional = True
    serializer_class = KpisOut
    filterset_class = KpiFilters
    by: str | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        """An answer about stock is another one when stock moves; all others are not."""
        with freshness.with_stock(wanted=reads_stock(request.GET.getlist("kpi"))):
            return super().dispatch(request, *args, **named)

    def get(self, request: Request) -> Response:
        return Response(self.report())

    def report(self) -> dict[str, Any]:
        """What the registry answers to the query."""
        words = self.parameters()
        period = period_of(words)
        report = cached.report(
            principal=self.request.user,
            start=period.start,
            end=period.end,
            by=words.get("by") or self.by,
            stores=words["store"] or (),
            regions=words["region"] or (),
            category=words["category"] or None,
            product=words["product"] or None,
            kpis=self._codes(words["kpi"]),
            last_year=words["last_year"] or "weekday",
            known_at=words["known_at"],
            version=self.tag.version,
        )
        return report.as_json()

    def _codes(self, asked: Sequence[str]) -> Sequence[str]:
        """The KPIs to tell: costs and margins only to who may see them."""
        if rights.sees_costs(self.request.user):
            return asked or OF_SALES
        if COSTS.intersection(asked):
            raise PermissionDenied
        return asked or [code for code in OF_SALES if code not in COSTS]


class Consolide(Kpis):
    """The same figures by store unless `by` says otherwise."""

    by = "store"


class Central(Kpis):
    """The whole of what you see: one total and its period."""

    serializer_class = PeriodOut  # type: ignore[assignment]
    filterset_class = TotalFilters

    def get(self, request: Request) -> Response:
        report = self.report()
        return Response({name: report[name] for name in report if name not in ("by", "rows")})


class Registry(Endpoint):
    """What each KPI means: formula, unit, tax basis, rounding, and where it is exact."""

    right = rights.KPIS
    conditional = True
    serializer_class = KpiOut
    answers_with_list = True

    def get(self, request: Request) -> Response:
        return Response(
            [
                {name: _told(getattr(kpi, name)) for name in same_names(KpiOut)}
                for kpi in REGISTRY.values()
            ]
        )


def _told(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset | set) else value
