"""Categories as areas: how much each sells, and whether it grows."""

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from reporting.views import links
from reporting.views.asked import Answer
from reporting.views.charts.treemap import Part, treemap
from reporting.views.frame import Frame
from reporting.views.tiles import relative, told

MOST: Final = 40
BOUNDS: Final = ((Decimal("0.2"), "3"), (Decimal("0.08"), "2"), (Decimal("0.01"), "1"))


def shares(frame: Frame, now: Answer, then: Answer) -> dict[str, Any]:
    """The treemap with its legend; the smallest beyond MOST are left to the consolidation."""
    known = frame.knows(then.period)
    before = then.by_key()
    parts = []
    for row in now.rows:
        size = row.kpis.get("net_sales")
        if size is None or size <= 0:
            continue
        change = relative(size, before.get(row.key, {}).get("net_sales")) if known else None
        value = told(size, "money", currency=now.currency)
        moved = told(change, "change", currency="") if change is not None else _("n/a")
        parts.append(
            Part(
                name=row.label,
                size=size,
                value=value if change is None else f"{value} · {moved}",
                told=_("%(name)s: %(value)s, %(change)s") % {
                    "name": row.label, "value": value, "change": moved,
                },
                href=links.category(frame.state, row.key) if row.key else "",
                tone=tone(change),
            )
        )  # fmt: skip
    parts.sort(key=lambda part: -part.size)
    return {
        "drawn": treemap(_("Categories by net sales"), parts[:MOST]),
        "left_out": max(len(parts) - MOST, 0),
        "compared": known,
        "all": links.to("dashboard-consolidation", frame.state.grouped("category")),
    }


def tone(change: Decimal | None) -> str:
    """up3 to down3 by how much it changed, `flat` for hardly, `blank` for not known."""
    if change is None:
        return "blank"
    for bound, step in BOUNDS:
        if abs(change) >= bound:
            return f"{'up' if change > 0 else 'down'}{step}"
    return "flat"
