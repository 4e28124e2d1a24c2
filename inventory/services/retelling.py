"""A refusal in the words of whoever asked: products by id and SKU, stores by code."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from epm.access.selectors.scope import Principal
from epm.platform.money import plain
from epm.platform.refusals import Refusal
from inventory.selectors import names
from inventory.selectors.names import Names
from inventory.services.stock_refusals import InsufficientStock

STORED: Final = Decimal("0.001")
"""Quantities are told as they are kept."""


def in_names(*, refusal: Refusal, principal: Principal) -> Refusal:
    """The refusal with its products told by id and SKU, and its stores by code: only those in
    scope."""
    told: Any = refusal.facts
    lines = told["lines"] if isinstance(told.get("lines"), list) else [told]
    if not all("product" in line for line in lines):
        return refusal
    known = names.named(
        principal,
        stores={int(line["store"]) for line in lines if "store" in line},
        products={int(line["product"]) for line in lines},
    )
    tell = short_told if isinstance(refusal, InsufficientStock) else _named
    if "lines" not in told:
        return type(refusal)(refusal.detail, **tell(line=told, known=known))
    said = [tell(line=line, known=known) for line in lines]
    return type(refusal)(refusal.detail, **{**told, "lines": said})


def short_told(*, line: Mapping[str, Any], known: Names) -> dict[str, Any]:
    """A line that cannot be filled, in words, its quantities as they are kept."""
    told = _named(line=line, known=known)
    for name in ("asked", "available"):
        told[name] = plain(Decimal(line[name]).quantize(STORED))
    return told


def _named(*, line: Mapping[str, Any], known: Names) -> dict[str, Any]:
    """Whatever else it says stays as it is."""
    store, product = line.get("store"), int(line["product"])
    code = None if store is None else known.codes.get(int(store))
    return {
        **({} if code is None else {"store": code}),
        "product": product,
        "sku": known.skus.get(product),
        **{name: said for name, said in line.items() if name not in {"store", "product", "sku"}},
    }
