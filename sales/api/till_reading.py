"""From a ticket as it is sent to a basket."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from epm.access.models import User
from epm.access.selectors.scope import Principal, scope_of
from epm.platform import idempotency, money
from epm.platform.bodies import YEARS, not_found
from inventory.selectors import names
from inventory.services.whole import refuse_fractions
from sales.models import Disposition, TenderKind
from sales.selectors.customers import id_by_code
from sales.selectors.registers import Place, place_of
from sales.selectors.tickets import sale_ids_of
from sales.selectors.till_rules import role_at_the_till
from sales.services.till.basket import (
    Basket,
    Discount,
    Line,
    Paid,
    Returned,
    Sold,
    Unreceipted,
    Value,
)

Noted = list[dict[str, str | int | None]]
LEAST: Final = timedelta(seconds=2)
"""By so much a clock may differ that nobody speaks of it."""


def digest_of(told: Any) -> bytes:
    """SHA-256 of what was sent, whatever the order of its members."""
    return idempotency.digest_of(idempotency.canonical(told))


def basket_of(
    principal: Principal,
    said: Mapping[str, Any],
    *,
    told: Any,
    now: datetime,
    clock: datetime | None = None,
    offline: bool = False,
    by_another: bool = False,
) -> Basket:
    """The basket that a checked body means; `told` is the body as it came.

    `offline`: who served or bought is left out where nobody is found, and noted. `by_another`:
    whoever sends it did not serve. Raise ValidationError for what is not there or not theirs to
    use, NotWhole for part of a piece.
    """
    place = _place(principal, said)
    refuse_fine(said, place.currency)
    noted: Noted = []
    is_served = isinstance(principal, User) and not by_another
    cashier = _cashier(
        None if by_another else principal,
        said,
        noted,
        store_id=place.store_id,
        offline=offline,
    )
    told_at = said.get("sold_at", now)
    sold_at = told_at
    if clock is not None and abs(now - clock) > LEAST:
        sold_at = told_at + (now - clock)
    if offline:
        sold_at = min(sold_at, now)
    if sold_at.year not in YEARS:
        raise _wrong("sold_at", [ErrorDetail(_("It is out of range."), code="out-of-range")])
    lines = _lines(principal, said["lines"])
    _refuse_parts(lines)
    return Basket(
        uuid=said["uuid"],
        digest=digest_of(told),
        register_id=said["register"],
        lines=lines,
        tenders=[
            Paid(
                TenderKind(tender["kind"]), tender["amount"], tender.get("reference", ""),
                tender.get("code", ""),
            )
            for tender in said["tenders"]
        ],
        sold_at=sold_at,
        discount=_discount(said),
        tip=said.get("tip", Decimal(0)),
        total=said.get("total"),
        customer_id=_customer(said, noted, offline=offline),
        cashier_id=None if cashier is None else cashier.pk,
        role=role_at_the_till(cashier if is_served else None),
        approval=said.get("approval"),
        offline=offline,
        told_at=told_at if told_at != sold_at else None,
        noted=noted,
    )  # fmt: skip


def _place(principal: Principal, said: Mapping[str, Any]) -> Place:
    found = place_of(said["register"])
    if found is None or not scope_of(principal).allows(found.store_id):
        raise _wrong("register", not_found())
    if said.get("currency", found.currency) != found.currency:
        raise _wrong(
            "currency",
            [ErrorDetail(_("The store sells in %s.") % found.currency, code="currency-mismatch")],
        )
    return found


def refuse_fine(said: Mapping[str, Any], currency: str) -> None:
    """No amount has more decimals than the currency."""
    wrong: dict[str, Any] = {}
    fine = [ErrorDetail(_("More decimals than %s has.") % currency, code="too-precise")]
    amounts: list[tuple[str, Any]] = [(name, said.get(name)) for name in ("tip", "total")]
    amounts.append(("discount", said.get("discount", {}).get("amount")))
    for name, amount in amounts:
        if amount is not None and amount != money.rounded(amount, currency=currency):
            wrong[name] = fine
    for name, part in (("tenders", "amount"), ("lines", "discount"), ("lines", "gift_card")):
        rows: dict[Any, Any] = {}
        for number, row in enumerate(said[name]):
            held = row.get(part)
            amount = held.get("amount") if isinstance(held, Mapping) else held
            if amount is not None and amount != money.rounded(amount, currency=currency):
                rows[number] = {part: fine}
        if rows:
            wrong[name] = wrong.get(name, {}) | rows
    if wrong:
        raise ValidationError(wrong)


def _cashier(
    principal: Principal | None,
    said: Mapping[str, Any],
    noted: Noted,
    *,
    store_id: int,
    offline: bool,
) -> User | None:
    """Who stands at the till: whoever is signed in; a till's key names somebody."""
    name = said.get("cashier")
    if isinstance(principal, User):
        if name is not None and name != principal.get_username():
            raise _wrong("cashier", not_found())
        return principal
    if name is None:
        return None
    try:
        return served_by(name, store_id=store_id)
    except ValidationError:
        if not offline:
            raise
    noted.append({"kind": "cashier-unknown", "of": name})
    return None


def served_by(name: str, *, store_id: int) -> User:
    """Whom a till names, if that is somebody of the store. Raise ValidationError."""
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None or not scope_of(found).allows(store_id):
        raise _wrong("cashier", not_found())
    return found


def _customer(said: Mapping[str, Any], noted: Noted, *, offline: bool) -> int | None:
    if "customer" not in said:
        return None
    found = id_by_code(said["customer"])
    if found is None:
        if not offline:
            raise _wrong("customer", not_found())
        noted.append({"kind": "customer-unknown", "of": said["customer"]})
    return found


def _lines(principal: Principal, said: Sequence[Mapping[str, Any]]) -> list[Line]:
    words = [line.get("product", line.get("sku")) for line in said]
    known = names.named(principal, products=[word for word in words if word is not None])
    keys = [line["returns"]["sale"] for line in said if "returns" in line]
    sales = sale_ids_of(keys) if keys else {}
    wrong: dict[int, Any] = {}
    lines: list[Line] = []
    for number, (line, word) in enumerate(zip(said, words, strict=True)):
        if word is not None and word not in known.product_ids:
            wrong[number] = {"product" if "product" in line else "sku": not_found()}
        elif "returns" in line and line["returns"]["sale"] not in sales:
            wrong[number] = {"returns": {"sale": not_found()}}
        else:
            lines.append(_line(line, known.product_ids.get(word) if word else None, sales))
    if wrong:
        raise _wrong("lines", wrong)
    return lines


def _line(said: Mapping[str, Any], product: int | None, sales: Mapping[UUID, UUID]) -> Line:
    disposition = Disposition(said.get("disposition", Disposition.SELLABLE))
    if "returns" in said:
        origin = said["returns"]
        return Returned(sales[origin["sale"]], origin["line"], said["quantity"], disposition)
    if product is None:
        return Value(said["gift_card"]["amount"], said["gift_card"].get("code", ""))
    if said.get("unreceipted"):
        return Unreceipted(
            product, said["quantity"], said.get("unit_price"), disposition, said.get("note", "")
        )
    return Sold(product, said["quantity"], said.get("unit_price"), _discount(said))


def _discount(said: Mapping[str, Any]) -> Discount | None:
    return Discount(**said["discount"]) if "discount" in said else None


def _refuse_parts(lines: Sequence[Line]) -> None:
    refuse_fractions(
        quantities=[
            (line.product_id, line.quantity)
            for line in lines
            if isinstance(line, Sold | Unreceipted)
        ]
    )


def _wrong(name: str, said: Any) -> ValidationError:
    told: Any = {name: said}
    return ValidationError(told)
