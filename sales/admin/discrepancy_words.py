"""What a ticket brought along that would have been refused, in words."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.platform import shown
from sales.models import TenderKind

WORDS: Final[Mapping[str, Promise]] = {
    "beyond-limit": _("beyond the cashier's limit: %(of)s"),
    "refund-way": _("paid back another way than the rule: %(of)s"),
    "total": _("%(difference)s more or less than reckoned"),
    "discount-too-large": _("a discount of %(difference)s more than the goods cost"),
    "reason-unknown": _("no such reason for a discount: %(of)s"),
    "customer-unknown": _("no such customer: %(of)s"),
    "cashier-unknown": _("nobody of the store is called %(of)s"),
    "tip-not-taken": _("a tip, where none is taken"),
    "more-than-sold": _("%(difference)s of %(of)s more came back than was sold"),
    "prepaid-beyond-goods": _("%(difference)s of gift cards or store credit for no goods"),
    "content-changed": _("first sent with another content"),
    "card-not-paid": _("%(difference)s not paid by the card %(of)s"),
}
LIMITS: Final[Mapping[str, Promise]] = {
    "discount": _("discount"),
    "price_change": _("other price"),
    "open_price": _("price of a product without one"),
    "refund": _("refund"),
    "returns_without_receipt": _("return without a receipt"),
}


def all_told(discrepancies: Iterable[Mapping[str, Any]] | None, *, people: bool) -> str:
    """Those of a ticket; `people`: whether names of staff and customers may be read."""
    return "; ".join(_told(one, people=people) for one in discrepancies or [])


def _told(discrepancy: Mapping[str, Any], *, people: bool) -> str:
    kind, of = str(discrepancy["kind"]), discrepancy.get("of")
    if kind in ("customer-unknown", "cashier-unknown") and not people:
        of = "…"
    if kind == "refund-way":
        of = dict(TenderKind.choices).get(str(of), of)
    words = {"of": LIMITS.get(str(of), of), "difference": _as_read(discrepancy.get("difference"))}
    return str(WORDS[kind] % words) if kind in WORDS else kind


def _as_read(difference: str | None) -> str:
    """With its own decimals, in the language of the page."""
    if difference is None:
        return ""
    value = Decimal(difference)
    return shown.number(value, places=max(0, -int(value.as_tuple().exponent)))
