"""What a ticket is called: its own number, or that of the till that sold it, “T1-00000123”."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Greatest, Length, LPad

from epm.access.selectors.scope import Principal, stores_visible_to
from sales.models import Sale, Ticket
from sales.selectors.registers import registers_visible_to

TICKET_REF: Final = (
    "r.code || '-' || lpad(t.number::text, greatest(8, length(t.number::text)), '0')"
)
"""In SQL, of the ticket `t` of the register `r`; the same as `str()` of a Ticket."""
LONGEST: Final = 18
"""Digits that a number of the database can have."""


def padded(number: str) -> LPad:
    """The number of a ticket as receipts write it; one of more than eight digits is not cut."""
    digits = Cast(number, TextField())
    return LPad(digits, Greatest(Value(8), Length(digits)), Value("0"))


def with_reference(sales: QuerySet[Sale]) -> QuerySet[Sale]:
    """Each with its `ticket_ref`; NULL for what no till sold."""
    code = F("ticket__register__code")
    return sales.annotate(
        ticket_ref=Func(
            code, Value("-"), padded("ticket__number"),
            template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField(),
        )
    )  # fmt: skip


def named_by(principal: Principal, *, reference: str, stores: Collection[str] = ()) -> Q:
    """Visible sales with that reference, or of the till ticket so named; both by an index.

    A number alone names the tickets of the tills of `stores`, by their codes; without any, none.
    """
    # Named one by one, the stores let the key (store, reference) find it among millions.
    seen = stores_visible_to(principal).order_by().values_list("pk", flat=True)
    found = Q(store__in=list(seen), external_ref=reference)
    code, _dash, digits = reference.rpartition("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST):
        return found
    registers = registers_visible_to(principal).order_by()
    if code:
        registers = registers.filter(code__iexact=code)
    elif not stores:
        return found
    if stores:
        registers = registers.filter(store__code__in=stores)
    tickets = Ticket.objects.filter(register__in=registers.values("pk"), number=int(digits))
    return found | Q(pk__in=list(tickets.values_list("pk", flat=True)))


def ids_by_reference(
    principal: Principal, *, reference: str, stores: Collection[str] = (), most: int
) -> list[UUID]:
    """Visible sales so named, latest first."""
    found = Sale.objects.filter(named_by(principal, reference=reference, stores=stores))
    return list(found.order_by("-pk").values_list("pk", flat=True)[:most])
