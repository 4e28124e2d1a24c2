"""Tickets of tills, and what is told of them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import EntryKind, Sale, StoredValueEntry, Ticket
from sales.selectors.sales import lines_of, tenders_of

AMOUNT: Final = Decimal("0.001")
PRICE: Final = Decimal("0.000001")


def tickets_visible_to(principal: Principal) -> QuerySet[Ticket]:
    """Tickets of the stores in scope."""
    return Ticket.objects.filter(scope_of(principal).covers("sale__store"))


def discrepant_visible_to(principal: Principal) -> QuerySet[Ticket]:
    """Those that brought along what would have been refused at the till."""
    return tickets_visible_to(principal).filter(discrepancies__isnull=False)


def sale_ids_of(uuids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The sales that these are the keys of: their own, or those that tills gave their tickets."""
    asked = list(uuids)
    by_uuid = dict(Ticket.objects.filter(uuid__in=asked).values_list("uuid", "sale_id"))
    own = Sale.objects.filter(pk__in=[key for key in asked if key not in by_uuid])
    return by_uuid | {key: key for key in own.values_list("pk", flat=True)}


def digest_of(uuid: UUID) -> bytes | None:
    """What a till had sent under this name."""
    found = Ticket.objects.filter(uuid=uuid).values_list("digest", flat=True).first()
    return None if found is None else bytes(found)


def reference_of(code: str, number: int | str) -> str:
    """A ticket as receipts name it."""
    return f"{code}-{number:08d}" if isinstance(number, int) else f"{code}-{number}"


def ticket_told(sale_id: UUID) -> dict[str, Any]:
    """A ticket as the API tells it, from the ledger."""
    ticket = Ticket.objects.select_related(
        "sale__store", "register", "session"
    ).get(pk=sale_id)  # fmt: skip
    sale = ticket.sale
    lines = lines_of(sale.pk, sold_at=sale.sold_at).select_related("product")
    rows = [
        {
            **{name: getattr(line, name) for name in LINE},
            "discount_manual": line.discount_manual,
            "product_id": line.product_id,
            "sku": line.product.sku if line.product else None,
            "name": line.product.name if line.product else None,
        }
        for line in lines
    ]
    tenders = tenders_of(sale.pk).order_by("line_no").values("kind", "amount", "reference")
    return told(
        {
            "id": sale.pk, "uuid": ticket.uuid, "store": sale.store.code,
            "register": ticket.register_id, "number": ticket.number, "reference": str(ticket),
            "session": ticket.session_id, "is_late": ticket.session.is_late,
            "sold_at": sale.sold_at, "business_date": sale.business_date,
            "recorded_at": _moment(sale.recorded_at), "currency": sale.currency,
        },
        lines=rows,
        tenders=list(tenders),
        taxes=ticket.taxes,
        discrepancies=ticket.discrepancies,
        issued=_issued(sale.pk),
        hashed=bytes(ticket.hash).hex(),
    )  # fmt: skip


LINE: Final = (
    "line_no", "kind", "quantity", "unit_price", "gross_ttc", "net_ttc", "net_ht", "vat",
    "tax_rate",
)  # fmt: skip


def told(
    head: Mapping[str, Any],
    *,
    lines: Iterable[Mapping[str, Any]],
    tenders: Iterable[Mapping[str, Any]],
    taxes: list[dict[str, str]],
    discrepancies: Any,
    issued: list[dict[str, Any]],
    hashed: str,
) -> dict[str, Any]:
    """A ticket as the API tells it, of rows by the names of their columns."""
    rows = sorted(lines, key=_number)
    paid = list(tenders)
    return {
        **head,
        **sums_of(rows),
        "change": change_of(paid),
        "taxes": taxes,
        "lines": [line_told(line) for line in rows],
        "tenders": [
            {"kind": tender["kind"], "amount": tender["amount"].quantize(AMOUNT),
             "reference": tender["reference"]}
            for tender in paid
        ],
        "issued": issued,
        "discrepancies": discrepancies,
        "hash": hashed,
    }  # fmt: skip


def sums_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """The totals of a ticket's lines."""
    rows = list(lines)
    return {
        total: sum([line[column] for line in rows], Decimal(0)).quantize(AMOUNT)
        for total, column in (
            ("total_ttc", "net_ttc"),
            ("total_ht", "net_ht"),
            ("total_vat", "vat"),
        )
    }


def change_of(tenders: Iterable[Mapping[str, Any]]) -> Decimal:
    """The cash that went back, where cash was given."""
    cash = [tender["amount"] for tender in tenders if tender["kind"] == "cash"]
    back = -sum([amount for amount in cash if amount < 0], Decimal(0))
    return (back if any(amount > 0 for amount in cash) else Decimal(0)).quantize(AMOUNT)


def line_told(line: Mapping[str, Any]) -> dict[str, Any]:
    """One line; amounts are told as they are kept."""
    price = line.get("unit_price")
    return {
        "line_no": line["line_no"],
        "kind": line["kind"],
        "product": line.get("product_id"),
        "sku": line.get("sku"),
        "name": line.get("name"),
        "quantity": line["quantity"].quantize(AMOUNT),
        "unit_price": None if price is None else price.quantize(PRICE),
        "gross_ttc": line["gross_ttc"].quantize(AMOUNT),
        "discount": (line["gross_ttc"] - line["net_ttc"]).quantize(AMOUNT),
        "net_ttc": line["net_ttc"].quantize(AMOUNT),
        "net_ht": line["net_ht"].quantize(AMOUNT),
        "vat": line["vat"].quantize(AMOUNT),
        "tax_rate": line["tax_rate"].quantize(PRICE),
    }


def _issued(sale_id: UUID) -> list[dict[str, Any]]:
    entries = StoredValueEntry.objects.filter(sale=sale_id, kind=EntryKind.ISSUE)
    return [
        issued_told(kind, code, amount)
        for kind, code, amount in entries.order_by("line_no").values_list(
            "account__kind", "account__code", "amount"
        )
    ]


def issued_told(kind: str, code: str, amount: Decimal) -> dict[str, Any]:
    """A card that a ticket has issued: whoever holds its code can pay with it."""
    return {"kind": kind, "code": code, "amount": amount.quantize(AMOUNT)}


def _number(line: Mapping[str, Any]) -> int:
    return int(line["line_no"])


def _moment(at: datetime) -> str:
    """With all six places, as the statement writes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
