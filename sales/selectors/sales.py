"""Questions about the sales ledger."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from epm.access.selectors.scope import Principal, scope_of
from epm.platform.ids import uuid7_floor
from sales.models import Sale, SaleLine, Tender

# A business day lies within these of its UTC midnight: time zones reach from UTC-12 to UTC+14,
# and a cut-off hour moves the day's end by up to 23 hours.
BEFORE: Final = timedelta(hours=14)
AFTER: Final = timedelta(days=1, hours=12 + 23)
EARLIEST: Final = date(1999, 12, 31)
LATEST: Final = date(9000, 1, 1)
USUAL: Final = timedelta(days=90)
"""How far back one looks for what no index finds, unless told otherwise."""


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


def with_returned(lines: QuerySet[SaleLine]) -> QuerySet[SaleLine]:
    """The lines, each with how much of it has come back so far: `returned`, positive."""
    back = SaleLine.objects.filter(origin_line=OuterRef("pk"), is_correction=False)
    summed = back.values("origin_line").annotate(back=-Sum("quantity")).values("back")
    none = Value(Decimal(0), DecimalField(max_digits=12, decimal_places=3))
    return lines.annotate(returned=Coalesce(Subquery(summed), none))


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


def usual_days(*, end: date | None = None) -> tuple[date, date]:
    """The days to look at up to `end`; without it up to the last there can be in any time zone."""
    last = end or timezone.now().date() + timedelta(days=1)
    return (last - USUAL if last - date.min > USUAL else date.min), last
