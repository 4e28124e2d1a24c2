"""Stores and products by the words that others have for them: one statement for a whole request."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from epm.access.selectors.scope import Principal, scope_of

LARGEST_ID: Final = 2**63 - 1
Word = str | int
"""A code or SKU, in any case; or the id of the row."""

BY_CODE: Final = """
    SELECT 'store', w.word, s.id, s.code FROM unnest(%s::text[]) w (word)
    JOIN organization_store s ON lower(s.code) = lower(w.word)
"""
BY_STORE_ID: Final = """
    SELECT 'store', NULL, s.id, s.code FROM organization_store s WHERE s.id = ANY (%s)
"""
BY_SKU: Final = """
    SELECT 'product', w.word, p.id, p.sku FROM unnest(%s::text[]) w (word)
    JOIN inventory_product p ON lower(p.sku) = lower(w.word)
"""
BY_PRODUCT_ID: Final = """
    SELECT 'product', NULL, p.id, p.sku FROM inventory_product p WHERE p.id = ANY (%s)
"""


@dataclass(slots=True)
class Names:
    """What was found. A store out of scope is not found, as one that is not there."""

    codes: dict[int, str] = field(default_factory=dict)
    skus: dict[int, str] = field(default_factory=dict)
    store_ids: dict[Word, int] = field(default_factory=dict)
    product_ids: dict[Word, int] = field(default_factory=dict)


def named(
    principal: Principal, *, stores: Collection[Word] = (), products: Collection[Word] = ()
) -> Names:
    """The stores in scope, and the products, of these words; no word, no query."""
    parts: list[str] = []
    values: list[Any] = []
    for words, by_text, by_id in (
        (stores, BY_CODE, BY_STORE_ID),
        (products, BY_SKU, BY_PRODUCT_ID),
    ):
        texts = list({word for word in words if isinstance(word, str)})
        ids = list({word for word in words if isinstance(word, int) and 0 < word <= LARGEST_ID})
        for said, part in ((texts, by_text), (ids, by_id)):
            if said:
                parts.append(part)
                values.append(said)
    found = Names()
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            _note(cursor.fetchall(), principal=principal, found=found)
    return found


def _note(rows: list[Any], *, principal: Principal, found: Names) -> None:
    scope = scope_of(principal)
    for kind, word, row_id, name in rows:
        if kind == "product":
            found.skus[row_id] = name
            found.product_ids[row_id if word is None else word] = row_id
        elif scope.allows(row_id):
            found.codes[row_id] = name
            found.store_ids[row_id if word is None else word] = row_id
