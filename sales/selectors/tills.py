"""What a ticket must know of the register it is sold on, and of the tickets it gives back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from epm.platform import prepared
from sales.models import RefundRule

# One row: the register, its store and policy, what the cashier's role may do, and the approval.
TILL: Final = """
    SELECT r.id, r.code, r.is_active, s.id, s.code, s.currency, s.timezone, s.day_cutoff_hour,
           s.vat_regime, g.code IS NOT NULL OR s.vat_regime = 'none',
           coalesce(g.prices_include_tax, true),
           coalesce(p.cash_rounding, 0), coalesce(p.refunds, %(refunds)s::text),
           coalesce(p.unreceipted_refunds, %(unreceipted)s::text), coalesce(p.takes_tips, false),
           o.opened_at,
           l.role IS NOT NULL, coalesce(l.discount, 0), coalesce(l.price_change, 0), l.refund,
           coalesce(l.returns_without_receipt, false), coalesce(l.approves, false),
           a.approver_id, al.discount, al.price_change, al.refund, al.returns_without_receipt
    FROM sales_cashregister r
    JOIN organization_store s ON s.id = r.store_id
    LEFT JOIN sales_registerchain c ON c.register_id = r.id
    LEFT JOIN sales_registersession o ON o.id = c.session_id
    LEFT JOIN sales_taxregime g ON g.code = s.vat_regime AND g.is_active
    LEFT JOIN sales_tillpolicy p ON p.store_id = s.id
    LEFT JOIN sales_tilllimit l ON l.role = %(role)s::text
    LEFT JOIN sales_approval a ON a.id = %(approval)s::uuid AND a.store_id = s.id
        AND a.approver_id IS DISTINCT FROM %(cashier)s::bigint
        AND a.used_for_id IS NULL AND a.expires_at > clock_timestamp()
    LEFT JOIN access_user u ON u.id = a.approver_id AND u.is_active
    LEFT JOIN sales_tilllimit al
        ON al.role = CASE WHEN u.is_superuser THEN 'director' ELSE u.role END AND al.approves
    WHERE r.id = %(register)s::bigint
"""
TILL_COLUMNS: Final = """
    register_id, code, is_active, store_id, store_code, currency, timezone, day_cutoff_hour,
    vat_regime, has_regime, prices_include_tax, cash_rounding, refunds, unreceipted_refunds,
    takes_tips, open_since, is_limited, discount, price_change, refund, returns_without_receipt,
    approves, approver_id, approved_discount, approved_price_change, approved_refund,
    approved_returns_without_receipt
"""
# A line with all that has come back of it. Sums of nothing are 0.
ORIGINS: Final = """
    SELECT s.id, l.line_no, l.id, l.product_id, p.sku, p.name, l.category_id, l.is_piece,
           l.quantity, l.unit_price, l.gross_ttc,
           l.discount_shelf + l.discount_loyalty + l.discount_coupon,
           l.discount_manual, l.net_ttc, l.net_ht, l.vat, l.tax_rate, l.taxes, l.unit_cost,
           s.currency, t.taxes, s.sold_at, back.*
    FROM sales_sale s
    LEFT JOIN sales_ticket t ON t.sale_id = s.id
    JOIN sales_saleline l ON l.sale_id = s.id
        AND l.id >= epm_uuid7_floor(s.sold_at)
        AND l.id < epm_uuid7_floor(s.sold_at + interval '1 millisecond')
    JOIN inventory_product p ON p.id = l.product_id
    CROSS JOIN LATERAL (
        SELECT -coalesce(sum(b.quantity), 0), -coalesce(sum(b.gross_ttc), 0),
               -coalesce(sum(b.discount_shelf + b.discount_loyalty + b.discount_coupon), 0),
               -coalesce(sum(b.discount_manual), 0), -coalesce(sum(b.net_ttc), 0),
               -coalesce(sum(b.net_ht), 0), -coalesce(sum(b.vat), 0),
               coalesce(jsonb_agg(b.taxes) FILTER (WHERE b.taxes IS NOT NULL), '[]')
        FROM sales_saleline b WHERE b.origin_line_id = l.id AND NOT b.is_correction) back
    WHERE s.id = ANY (%(sales)s) AND l.kind = 'item' AND l.quantity > 0
      AND (l.sale_id, l.line_no) IN (SELECT * FROM unnest(%(of)s::uuid[], %(lines)s::bigint[]))
      AND NOT s.is_correction
      AND NOT EXISTS (SELECT FROM sales_sale c WHERE c.corrects_id = s.id)
"""
# How these sales were paid, less what later tickets that give goods of them back have paid back;
# what an exchange was paid with belongs to the goods it sold. A ticket that cost nothing was paid
# with nothing, and is known.
PAID: Final = """
    WITH own AS (
        SELECT 'cash' AS kind, 0 AS amount FROM sales_ticket WHERE sale_id = ANY (%(sales)s)
        UNION ALL
        SELECT kind, amount FROM sales_tender WHERE sale_id = ANY (%(sales)s)
    ), back AS (
        SELECT kind, least(sum(amount), 0) FROM sales_tender WHERE sale_id IN (
            SELECT b.sale_id FROM sales_saleline l JOIN sales_saleline b ON b.origin_line_id = l.id
            WHERE l.sale_id = ANY (%(sales)s) AND NOT b.is_correction)
        GROUP BY sale_id, kind
    )
    SELECT kind, sum(amount)
    FROM (TABLE own UNION ALL SELECT * FROM back WHERE EXISTS (TABLE own)) known GROUP BY kind
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """How far somebody may go: shares are fractions, `refund` incl. tax (None: any amount)."""

    discount: Decimal
    price_change: Decimal
    refund: Decimal | None
    returns_without_receipt: bool = False
    approves: bool = False


NOTHING: Final = Limit(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Till:
    """A register as a ticket finds it. `approver_id`: who approved, beyond `limit` up to
    `approved`."""

    register_id: int
    code: str
    is_active: bool
    store_id: int
    store_code: str
    currency: str
    timezone: str
    day_cutoff_hour: int
    vat_regime: str
    has_regime: bool
    prices_include_tax: bool
    cash_rounding: Decimal
    refunds: RefundRule
    unreceipted_refunds: RefundRule
    takes_tips: bool
    open_since: datetime | None
    limit: Limit
    approver_id: int | None
    approved: Limit | None


@dataclass(frozen=True, slots=True)
class Origin:
    """A line that was sold, and (`back_…`) what has come back of it so far, positive."""

    sale_id: UUID
    line_no: int
    line_id: UUID
    product_id: int
    sku: str
    name: str
    category_id: int | None
    is_piece: bool
    quantity: Decimal
    unit_price: Decimal | None
    gross_ttc: Decimal
    discount_listed: Decimal
    discount_manual: Decimal
    net_ttc: Decimal
    net_ht: Decimal
    vat: Decimal
    tax_rate: Decimal
    taxes: list[dict[str, str]] | None
    unit_cost: Decimal | None
    currency: str
    ticket_taxes: list[dict[str, str]] | None
    sold_at: datetime
    back_quantity: Decimal
    back_gross_ttc: Decimal
    back_listed: Decimal
    back_manual: Decimal
    back_net_ttc: Decimal
    back_net_ht: Decimal
    back_vat: Decimal
    back_taxes: list[list[dict[str, str]]]


PLAIN: Final = tuple(
    column.name
    for column in fields(Till)
    if column.name not in {"limit", "approver_id", "approved"}
)


def till_of(
    register_id: int, *, role: str, approval: UUID | None, cashier_id: int | None = None
) -> Till | None:
    """The register, and how far a cashier of `role` may go at it; None: there is none.

    An approval of the cashier's own is none.
    """
    words: dict[str, Any] = {
        "register": register_id,
        "role": role,
        "approval": approval,
        "cashier": cashier_id,
        "refunds": RefundRule.ORIGINAL_OR_CREDIT.value,
        "unreceipted": RefundRule.CREDIT.value,
    }
    found = prepared.rows(TILL, words)
    return till_in(found[0]) if found else None


def till_in(row: Sequence[Any]) -> Till:
    """What a row of TILL says."""
    plain, (known, *own), (approver, *wide) = row[:16], row[16:22], row[22:]
    told = dict(zip(PLAIN, plain, strict=True))
    told["refunds"] = RefundRule(told["refunds"])
    told["unreceipted_refunds"] = RefundRule(told["unreceipted_refunds"])
    approved = wide[0] is not None
    return Till(
        **told,
        limit=Limit(*own) if known else NOTHING,
        approver_id=approver if approved else None,
        approved=Limit(wide[0], wide[1], wide[2], wide[3], approves=True) if approved else None,
    )


def origins_of(lines: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Origin]:
    """The lines sold, by (sale, line number); what was never sold, or corrected, is left out."""
    words: dict[str, Any] = {
        "sales": list({sale for sale, _line in lines}),
        "of": [sale for sale, _line in lines],
        "lines": [line for _sale, line in lines],
    }
    with connection.cursor() as cursor:
        cursor.execute(ORIGINS, words)
        found = [_origin(row) for row in cursor.fetchall()]
    return {(origin.sale_id, origin.line_no): origin for origin in found}


def _origin(row: Sequence[Any]) -> Origin:
    told = dict(zip((column.name for column in fields(Origin)), row, strict=True))
    for column in ("taxes", "ticket_taxes", "back_taxes"):
        told[column] = orjson.loads(told[column]) if told[column] else None
    return Origin(**told)


def paid_for(sale_ids: Collection[UUID]) -> dict[str, Decimal]:
    """How these sales were paid and not yet paid back, by kind of tender; nothing: not known."""
    with connection.cursor() as cursor:
        cursor.execute(PAID, {"sales": list(sale_ids)})
        return dict(cursor.fetchall())
