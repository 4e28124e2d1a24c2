"""The chain at a glance."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from reporting.kpis.registry import REGISTRY
from reporting.views import alerts, links, saved
from reporting.views.asked import Wanted
from reporting.views.beside import (
    COMPARED,
    Beside,
    ask_beside,
    names,
    other_period,
    tiles_of,
    versus,
)
from reporting.views.charts import table, trend
from reporting.views.charts.shares import shares
from reporting.views.frame import Frame, framed
from reporting.views.page import PERMISSION, Cost, dashboard_page
from reporting.views.state import DEFAULT_SORT
from reporting.views.tiles import (
    CODES,
    NO_SALES,
    SEVERAL_CURRENCIES,
    Form,
    Text,
    moved,
    told,
    tone_of,
)

RANKED: Final[Sequence[tuple[str, Form]]] = (
    ("net_sales", "money"),
    ("transactions", "count"),
    ("atv", "money2"),
    ("margin_rate", "rate"),
    ("cost_coverage", "rate"),
    ("attainment", "rate"),
)
RANKED_CODES: Final = tuple(code for code, _form in RANKED)
GROWTH: Final = ("growth_compared", "growth_last_year")
COLUMNS: Final = ("name", *(code for code, _form in RANKED), *GROWTH)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Her default view, else the overview; the administration for who may not see dashboards."""
    sees_them = request.user.has_perm(PERMISSION)
    return redirect(saved.address_of(request) if sees_them else "admin:index")


@dashboard_page
def overview(request: HttpRequest, cost: Cost) -> HttpResponse:
    """Tiles, trend, ranking, categories and alerts for what the URL names."""
    return framed(
        request, cost, template="reporting/overview.html", figures=_figures, sorts=COLUMNS
    )


def _figures(frame: Frame) -> Mapping[str, Any]:
    net = ("net_sales",)
    asked, (goods, goods_then, of_month) = ask_beside(
        frame,
        now=Wanted(
            frame.period,
            tuple(dict.fromkeys([*CODES, *RANKED_CODES])),
            "store",
            of_rows=RANKED_CODES,
        ),
        then=Wanted(frame.compared, COMPARED, "store", of_rows=net),
        other=Wanted(other_period(frame), COMPARED, "store", of_rows=net),
        course=CODES,
        more=[
            Wanted(frame.period, ("net_sales", "margin_rate"), "category"),
            Wanted(frame.compared, net, "category"),
            alerts.wanted(frame),
        ],
    )
    several = not asked.now.currency and len(frame.currencies) > 1
    return {
        "tiles": tiles_of(frame, asked, several_currencies=several),
        "currencies": ", ".join(frame.currencies) if several else "",
        "why_empty": SEVERAL_CURRENCIES if several else NO_SALES,
        "trend": trend.chart_of(frame, asked.course),
        "treemap": shares(frame, goods, goods_then),
        "ranking": _ranking(frame, asked),
        "alerts": alerts.alerts(frame, of_month),
    }


def _ranking(frame: Frame, asked: Beside) -> table.Table:
    """The stores, sortable by each column, with the total read on its own."""
    state = frame.state
    then, other = asked.then.by_key(), asked.other.by_key()
    ids = {store.code: store.pk for store in frame.stores}
    named: list[tuple[str, Text]] = [(code, REGISTRY[code].name) for code, _form in RANKED]
    named[1:1] = list(zip(GROWTH, names(state), strict=True))

    def row(label: str, now: Mapping[str, Decimal | None], **of: Any) -> table.Keyed:
        grown = {
            code: moved("money", now.get("net_sales"), base.get("net_sales")) if known else None
            for code, (base, known) in zip(GROWTH, of["bases"], strict=True)
        }
        cells = {code: (now.get(code), form) for code, form in RANKED}
        cells |= {code: (value, "change") for code, value in grown.items()}
        leads = dict.fromkeys((code for code, _form in RANKED), links.tickets(of["state"]))
        leads |= {
            code: links.comparison(of["state"], vs=vs)
            for code, vs in zip(GROWTH, versus(state), strict=True)
        }
        return table.Keyed(
            table.TableRow(
                label=label,
                href=of["page"],
                cells=[
                    table.cell(
                        told(cells[code][0], cells[code][1], currency=of["currency"]),
                        cells[code][0],
                        href=leads.get(code, ""),
                        tone=tone_of(cells[code][0]) if code in GROWTH else "",
                    )
                    for code, _name in named
                ],
            ),
            {
                code: value
                for code, (value, _form) in cells.items()
                if asked.now.currency or code not in REGISTRY or not REGISTRY[code].in_money
            },
        )

    rows = [
        row(
            each.label,
            each.kpis,
            bases=[
                (base.get(each.key, {}), frame.knows(of.period, store_id=ids.get(each.key or "")))
                for base, of in ((then, asked.then), (other, asked.other))
            ],
            state=state.of_store(each.key or ""),
            page=links.store(state, each.key or ""),
            currency=each.currency,
        )
        for each in asked.now.rows
    ]
    total = row(
        _("Total"),
        asked.now.total,
        bases=[(of.total, frame.knows(of.period)) for of in (asked.then, asked.other)],
        state=state,
        page="",
        currency=asked.now.currency,
    )
    return table.Table(
        caption=_("Store ranking"),
        columns=table.columns(state, _("Store"), named),
        rows=table.in_order(rows, state.sort or DEFAULT_SORT),
        total=total.row,
        numbered=True,
    )
