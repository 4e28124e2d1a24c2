"""Questions about the reasons for discounts."""

from collections.abc import Collection

from django.db.models import QuerySet

from sales.models import DiscountReason


def reasons() -> QuerySet[DiscountReason]:
    """Those in use, by name."""
    return DiscountReason.objects.filter(is_active=True).order_by("name")


def ids_by_code(codes: Collection[str]) -> dict[str, int]:
    """Those in use among `codes`."""
    return dict(reasons().filter(code__in=codes).values_list("code", "pk"))
