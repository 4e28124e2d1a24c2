"""All that a ticket is reckoned from, in one question: the till, the goods, the taxes; and whose
key it came with, where it came with one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson

from epm.access.services.api_keys import FOUND
from epm.platform import prepared
from inventory.selectors.goods import Good, goods
from sales.models import RefundRule
from sales.reckoning import Tax
from sales.selectors.taxes import by_class, in_force
from sales.selectors.tills import TILL, TILL_COLUMNS, Till, till_in

KEY: Final = 9
"""So many columns of a row are the key's."""
# The arrays are asked for apart, so that their length is no reason to plan anew.
FACTS: Final = f"""
    WITH till ({TILL_COLUMNS}) AS MATERIALIZED ({TILL}),
    place AS MATERIALIZED (
        SELECT store_id, vat_regime,
               (%(at)s::timestamptz AT TIME ZONE timezone
                - make_interval(hours => day_cutoff_hour))::date AS business_date
        FROM till)
    SELECT key.*, place.business_date,
        (SELECT json_agg(json_build_array(id, sku, name, category_id, is_piece, tax_class, price))
         FROM ({
    goods(
        store="(SELECT store_id FROM place)",
        on="(SELECT business_date FROM place)",
        products="(SELECT %(products)s::bigint[])::bigint[]",
        skus="(SELECT %(skus)s::text[])::text[]",
    )
}) good (id, sku, name, category_id, is_piece, tax_class, price))::text,
        (SELECT json_agg(json_build_array(class, tax, rate))
         FROM ({
    in_force(regime="(SELECT vat_regime FROM place)", on="(SELECT business_date FROM place)")
}) tax (class, tax, rate))::text,
        till.*
    FROM place CROSS JOIN till LEFT JOIN ({FOUND}) key ON true
"""  # noqa: S608 - no word of anybody's


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for a ticket at its moment. `goods` by id; taxes by class in small letters.

    `key`: the row of the API key (epm.access.services.api_keys), where one was asked for.
    """

    till: Till
    on: date
    goods: Mapping[int, Good]
    taxes: Mapping[str, tuple[Tax, ...]]
    key: Sequence[Any]


def facts_of(
    register_id: int,
    *,
    at: datetime,
    role: str,
    cashier_id: int | None = None,
    approval: UUID | None = None,
    products: Collection[int] = (),
    skus: Collection[str] = (),
    key_prefix: str | None = None,
) -> Facts | None:
    """None: there is no such register. A product that is not there is left out."""
    words: dict[str, Any] = {
        "register": register_id,
        "at": at,
        "role": role,
        "cashier": cashier_id,
        "approval": approval,
        "refunds": RefundRule.ORIGINAL_OR_CREDIT.value,
        "unreceipted": RefundRule.CREDIT.value,
        "products": list(products),
        "skus": [sku.lower() for sku in skus],
        "prefix": key_prefix,
    }
    found = prepared.rows(FACTS, words)
    if not found:
        return None
    ((on, goods_told, taxes_told, *till), key) = found[0][KEY:], found[0][:KEY]
    sold = [
        Good(*(*plain, None if price is None else Decimal(price)))
        for *plain, price in orjson.loads(goods_told or "[]")
    ]
    taxes = [(code, tax, Decimal(rate)) for code, tax, rate in orjson.loads(taxes_told or "[]")]
    return Facts(till_in(till), on, {good.id: good for good in sold}, by_class(taxes), key)
