"""Rows and sums of the grid as a person reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from epm.platform import shown
from inventory.selectors.price_formulas import Note
from inventory.selectors.price_grid import Preview, Row, Wish


@dataclass(frozen=True, slots=True)
class Told:
    """One row."""

    product_id: int
    sku: str
    name: str
    cost: str
    price: str
    is_on_list: bool
    margin_now: str
    by_hand: str
    mistake: bool
    new: str
    change: str
    margin_new: str
    changes: bool
    is_below_cost: bool
    note: str

    @classmethod
    def of(cls, row: Row, *, wish: Wish, mistakes: Mapping[int, str]) -> "Told":
        typed = wish.typed.get(row.product_id)
        by_hand = "" if typed is None else shown.exact(typed, at_least=2)
        return cls(
            product_id=row.product_id,
            sku=row.sku,
            name=row.name,
            cost=shown.exact(row.basis.cost, at_least=2),
            price=shown.exact(row.price, at_least=2),
            is_on_list=wish.price_list is None or row.old is not None,
            margin_now=shown.percent(row.margin_now),
            by_hand=mistakes.get(row.product_id, by_hand),
            mistake=row.product_id in mistakes,
            new=shown.exact(row.ends_up_at, at_least=2),
            change=_change(row),
            margin_new=shown.percent(row.margin_new),
            changes=row.changes,
            is_below_cost=row.is_below_cost,
            note=str(Note(row.note).label) if row.note else "",
        )


def told(preview: Preview) -> dict[str, Any]:
    """The sums above the grid."""
    margins = preview.margins
    return {
        "rows": len(preview.rows),
        "changed": len(preview.changed),
        "kept": preview.kept,
        "below_cost": preview.below_cost,
        "covered": margins.covered,
        "rate_now": shown.percent(margins.rate_now),
        "rate_new": shown.percent(margins.rate_new),
        "gain": _signed(margins.gain, places=2) if margins.covered else shown.UNKNOWN,
    }


def _change(row: Row) -> str:
    if not row.changes or not row.price or row.new is None:
        return ""
    return _signed((row.new / row.price - 1) * 100, places=1) + " %"


def _signed(value: Decimal, *, places: int) -> str:
    return ("+" if value > 0 else "") + shown.number(value, places=places)
