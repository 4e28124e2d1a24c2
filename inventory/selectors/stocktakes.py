"""Questions about stocktakes: who sees what of them, how far they are, what they found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, Lower
from django.utils.translation import gettext as _

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of
from inventory import gtins
from inventory.models import (
    Barcode,
    Category,
    Product,
    Stocktake,
    StocktakeCount,
    StocktakeKind,
    StocktakeLine,
)
from inventory.selectors import barcodes, categories
from inventory.states import StocktakeState

UNDER_COUNT: Final = (StocktakeState.SCHEDULED, StocktakeState.COUNTING)

PROGRESS: Final = """
    SELECT count(*), count(counted), count(*) FILTER (WHERE counted IS NOT NULL AND variance <> 0),
           count(counted) FILTER (WHERE NOT beyond), count(counted) FILTER (WHERE beyond),
           coalesce(sum(variance_value), 0),
           coalesce(sum(abs(variance_value)), 0),
           count(*) FILTER (WHERE variance <> 0 AND unit_cost IS NULL)
    FROM (
        SELECT l.*, {beyond} AS beyond
        FROM inventory_stocktakeline l JOIN inventory_stocktake s ON s.id = l.stocktake_id
        WHERE s.id = %s
    ) l
"""
# Beyond one tolerance that is set is beyond; what has no known cost is beyond one of value.
BEYOND: Final = """
    (l.variance <> 0 AND (
        abs(l.variance) > s.tolerance_units
        OR abs(l.variance) > abs(l.book) * s.tolerance_percent / 100
        OR (s.tolerance_value IS NOT NULL
            AND coalesce(abs(l.variance_value) > s.tolerance_value, true))
    )) IS TRUE
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A stocktake in figures. Values are excl. tax, in the store's currency; what is missing is
    negative. `uncosted` lines differ but have no known cost, so that no value counts them."""

    lines: int
    counted: int
    differing: int
    within: int
    beyond: int
    variance_value: Decimal
    gross_value: Decimal
    uncosted: int

    @property
    def share(self) -> Decimal | None:
        """How much of it was counted, 0 to 1; None where there is nothing to count."""
        return Decimal(self.counted) / self.lines if self.lines else None

    @property
    def accuracy(self) -> Decimal | None:
        """Counted lines within the tolerance ÷ counted lines (kpis.md 4.4)."""
        return Decimal(self.within) / self.counted if self.counted else None


def stocktakes_visible_to(principal: Principal) -> QuerySet[Stocktake]:
    """Stocktakes of the stores in scope."""
    return Stocktake.objects.filter(scope_of(principal).covers("store"))


def lines_visible_to(principal: Principal) -> QuerySet[StocktakeLine]:
    """Their lines: with what the books expect only where `sees_expected` says so."""
    return StocktakeLine.objects.filter(scope_of(principal).covers("store"))


def counts_visible_to(principal: Principal) -> QuerySet[StocktakeCount]:
    """The single scans of the stores in scope."""
    return StocktakeCount.objects.filter(scope_of(principal).covers("line__store"))


def sees_expected(principal: Principal, stocktake: Stocktake) -> bool:
    """Whether what the books expect may be shown: never to who only counts, and of a blind one to
    nobody before the review."""
    if stocktake.blind and stocktake.state in UNDER_COUNT:
        return False
    counts_only = rights.holds(principal, rights.STOCK_COUNT) and not rights.holds(
        principal, rights.STOCK_WRITE
    )
    return not counts_only


def in_scope(stocktake: Stocktake) -> QuerySet[Product]:
    """The products it is about, whether or not there are any."""
    if stocktake.kind == StocktakeKind.FULL:
        return Product.objects.all()
    return Product.objects.filter(
        Q(pk__in=stocktake.product_ids) | Q(category__in=category_ids_below(stocktake))
    )


def category_ids_below(stocktake: Stocktake) -> list[int]:
    """The categories it names, with all below them."""
    named = Category.objects.without_tree_fields().filter(pk__in=stocktake.category_ids)
    return sorted({found for each in named for found in categories.ids_below(each)})


def running_with(stocktake: Stocktake, product_ids: Sequence[int]) -> int:
    """The other stocktake of the store that counts one of these products now; 0: it is over."""
    lines = StocktakeLine.objects.filter(
        store=stocktake.store_id, product__in=product_ids, running=True
    )
    other = lines.exclude(stocktake=stocktake).values_list("stocktake_id", flat=True)
    return other.first() or 0


def progress(stocktake: Stocktake) -> Progress:
    """How far it is, and what it has found: one query."""
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS.format(beyond=BEYOND), [stocktake.pk])
        return Progress(*cursor.fetchone())


def beyond_tolerance(stocktake: Stocktake) -> QuerySet[StocktakeLine]:
    """Counted lines whose variance is beyond one of the tolerances that are set."""
    beyond = Q()
    if stocktake.tolerance_units is not None:
        beyond |= Q(off__gt=stocktake.tolerance_units)
    if stocktake.tolerance_percent is not None:
        beyond |= Q(off__gt=Abs("book") * stocktake.tolerance_percent / 100)
    if stocktake.tolerance_value is not None:
        beyond |= Q(off_value__gt=stocktake.tolerance_value) | Q(off_value__isnull=True)
    if not beyond:
        return StocktakeLine.objects.none()
    lines = stocktake.lines.exclude(variance=0).filter(counted__isnull=False)
    return lines.alias(off=Abs("variance"), off_value=Abs("variance_value")).filter(beyond)


def exceeded(stocktake: Stocktake, line: StocktakeLine) -> list[str]:
    """By what a counted line that differs is beyond: units, percent, value, or that its cost is
    not known; the same law as BEYOND."""
    if line.variance is None or line.variance == 0 or line.book is None:
        return []
    off = abs(line.variance)
    units, percent = stocktake.tolerance_units, stocktake.tolerance_percent
    found = ["units"] if units is not None and off > units else []
    if percent is not None and off * 100 > abs(line.book) * percent:
        found.append("percent")
    if stocktake.tolerance_value is not None:
        if line.variance_value is None:
            found.append("uncosted")
        elif abs(line.variance_value) > stocktake.tolerance_value:
            found.append("value")
    return found


def needing_another(stocktake: Stocktake, *, by: str, above: bool) -> int:
    """How many lines are beyond the tolerance where `by` may not approve them; 0: it may.

    `above`: whether `by` may approve beyond it at all; not what it has counted itself.
    """
    beyond = beyond_tolerance(stocktake)
    return 0 if above and by not in counters_of(beyond) else beyond.count()


def by_variance(stocktake: Stocktake) -> QuerySet[StocktakeLine]:
    """Its counted lines that differ, those that cost most first; of unknown value before all."""
    lines = stocktake.lines.filter(counted__isnull=False).exclude(variance=0)
    return lines.select_related("product").order_by(
        Abs("variance_value").desc(nulls_first=True), Abs("variance").desc(), "pk"
    )


def still_open(stocktake: Stocktake) -> QuerySet[StocktakeLine]:
    """What a recount still waits for, by SKU; in the first round nothing is asked for by name."""
    lines = stocktake.lines.filter(round=stocktake.round, counted__isnull=True)
    again = lines if stocktake.round > 1 else lines.none()
    return again.select_related("product").order_by("product__sku")


def counters_of(lines: QuerySet[StocktakeLine]) -> set[str]:
    """Who has counted any of these lines, in their present round."""
    counts = StocktakeCount.objects.filter(round=F("line__round"), line__in=lines)
    return set(counts.values_list("actor", flat=True).distinct())


def last_scans(stocktake: Stocktake, *, by: str, most: int) -> QuerySet[StocktakeCount]:
    """The latest entries of one person, newest first; each `showed` what was counted by then."""
    until = StocktakeCount.objects.filter(
        line=OuterRef("line"), round=OuterRef("round"), pk__lte=OuterRef("pk")
    )
    sums = until.order_by().values("line").annotate(sum=Sum("delta")).values("sum")
    counts = StocktakeCount.objects.filter(line__stocktake=stocktake, actor=by)
    counts = counts.annotate(showed=Subquery(sums))
    return counts.select_related("line__product").order_by("-pk")[:most]


def undone(counts: Collection[StocktakeCount]) -> set[int]:
    """Which of these were taken back."""
    found = StocktakeCount.objects.filter(undoes__in=[count.pk for count in counts])
    return {undoes for undoes in found.values_list("undoes_id", flat=True) if undoes is not None}


def products_of(codes: Collection[str]) -> dict[str, int]:
    """Of barcodes in any form, or SKUs in any case, those that there are: the product's id."""
    forms = {form: code for code in codes for form in gtins.forms_of(code)}
    coded = Barcode.objects.filter(code__in=forms).values_list("code", "product_id")
    found = {forms[form]: product for form, product in coded}
    by_sku = Product.objects.annotate(folded=Lower("sku"))
    rest = [code.lower() for code in codes if code not in found]
    folded = dict(by_sku.filter(folded__in=rest).values_list("folded", "pk"))
    named = {code: found.get(code, folded.get(code.lower())) for code in codes}
    return {code: product for code, product in named.items() if product is not None}


def seen(
    principal: Principal, stocktake: Stocktake, *, code: str, at: datetime
) -> tuple[int, Decimal] | None:
    """What one scan of a barcode shows: the product and how much of it, a pack's content or the
    weight a scale has printed; of a typed SKU one. None: no product has this code. Raise
    WrongCheckDigit, EmbeddedValueUnusable."""
    try:
        scan = barcodes.scanned(principal, code=code, store=stocktake.store, at=at)
    except barcodes.UnknownBarcode:
        product = products_of([code]).get(code)
        return None if product is None else (product, Decimal(1))
    if scan.quantity is None:
        raise barcodes.EmbeddedValueUnusable(
            _("The barcode holds a price only: type the quantity and the SKU."), sku=scan.sku
        )
    return scan.product_id, scan.quantity


def product_of(code: str) -> Product | None:
    """The product of one such code."""
    return Product.objects.filter(pk__in=products_of([code]).values()).first()


def names_of(stocktake: Stocktake) -> list[str]:
    """The categories and products it names."""
    named = Category.objects.without_tree_fields().filter(pk__in=stocktake.category_ids)
    products = Product.objects.filter(pk__in=stocktake.product_ids).order_by("sku")
    return [*named.order_by("code").values_list("name", flat=True), *map(str, products)]
