"""Registers as the commands about tickets name them."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from sales.models import CashRegister


def registers_named(*, store: str | None, code: str | None) -> list[CashRegister]:
    """Of that store, of that code, in their order; CommandError where there are none."""
    asked = {"store__code__iexact": store, "code__iexact": code}
    words = {name: value for name, value in asked.items() if value is not None}
    registers = CashRegister.objects.filter(**words).select_related("store")
    found = list(registers.order_by("store__code", "code"))
    if words and not found:
        raise CommandError(_("There is no such register."))
    return found
