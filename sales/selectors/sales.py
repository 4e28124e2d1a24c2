"""Questions about the sales ledger."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import QuerySet, Sum

from epm.access.selectors.scope import Principal, scope_of
from epm.platform.ids import uuid7_floor
from sales.models import Sale, SaleLine, Tender

# A business day lies within these of its UTC midnight: time zones reach from UTC-12 to UTC+14,
# and a cut-off hour moves the day's end by up to 23 hours.
BEFORE: Final = timedelta(hours=14)
AFTER: Final = timedelta(days=1, hours=12 + 23)
EARLIEST: Final = date(1999, 12, 31)
LATEST: Final = date(9000, 1, 1)


def sales_visible_to(principal: Principal) -> QuerySet[Sale]:
    """Sales of the stores in scope."""
    return Sale.objects.filter(scope_of(principal).covers("store"))


def lines_visible_to(principal: Principal) -> QuerySet[SaleLine]:
    """Sale lines of the stores in scope."""
    return SaleLine.objects.filter(scope_of(principal).covers("store"))


def lines_of(sale_id: UUID, *, sold_at: datetime) -> QuerySet[SaleLine]:
    """The lines of one sale, in their order. Their keys carry `sold_at`, so few months are read."""
    return SaleLine.objects.filter(
        sale=sale_id,
        id__gte=uuid7_floor(at=sold_at - timedelta(days=1)),
        id__lt=uuid7_floor(at=sold_at + timedelta(days=1)),
    ).order_by("line_no")


def returned_of(lines: Collection[UUID]) -> dict[UUID, Decimal]:
    """How much of each line sold has come back, positive; nothing of the others."""
    back = SaleLine.objects.filter(origin_line__in=lines, is_correction=False)
    return dict(back.values_list("origin_line").annotate(back=-Sum("quantity")))


def tenders_of(sale_id: UUID) -> QuerySet[Tender]:
    """How one sale was paid."""
    return Tender.objects.filter(sale=sale_id).order_by("line_no", "id")


def key_window(start: date, end: date) -> tuple[UUID, UUID]:
    """Bounds [first, last) of the keys of all sales and lines of business days start..end.

    Beside a filter by business date it spares the months that cannot hold them. Days outside
    2000..9000 are taken for the nearest within: no sale is older, no key reaches further.
    """
    first, last = (min(max(day, EARLIEST), LATEST) for day in (start, end))
    return (
        uuid7_floor(at=datetime.combine(first, time.min, UTC) - BEFORE),
        uuid7_floor(at=datetime.combine(last, time.min, UTC) + AFTER),
    )
