"""Counting what is really there, and what was found to be missing."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from inventory.models.product import Product
from inventory.states import StocktakeState

USUAL_UNITS = Decimal(5)
USUAL_VALUE = Decimal(100)


class StocktakeKind(models.TextChoices):
    FULL = "full", _("Everything")
    CYCLIC = "cyclic", _("A part")


class CountKind(models.TextChoices):
    ADD = "add", _("Added")
    SET = "set", _("Set")
    UNDO = "undo", _("Undone")
    ZERO = "zero", _("Uncounted, set to zero")


class Stocktake(models.Model):
    """One count of a store: of all it has, or of some categories and products.

    What is to be counted is frozen once it has started. A line whose variance is beyond one of
    the tolerances that are set is approved by somebody else, above who counted.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    kind = models.CharField(_("what"), max_length=8, choices=StocktakeKind)
    category_ids = ArrayField(models.BigIntegerField(), verbose_name=_("categories"), default=list)
    product_ids = ArrayField(models.BigIntegerField(), verbose_name=_("products"), default=list)
    blind = models.BooleanField(
        _("blind"),
        default=True,
        help_text=_("Nobody sees what the books expect before the review."),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=StocktakeState, default=StocktakeState.SCHEDULED
    )
    version = models.BigIntegerField(default=0, editable=False)
    round = models.PositiveSmallIntegerField(_("round"), default=1, editable=False)
    scheduled_on = models.DateField(_("scheduled on"))
    started_at = models.DateTimeField(_("started at"), null=True, editable=False)
    tolerance_units = models.DecimalField(
        _("tolerance in units"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        default=USUAL_UNITS,
    )
    tolerance_percent = models.DecimalField(
        _("tolerance in % of the books"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    tolerance_value = models.DecimalField(
        _("tolerance in value excl. tax"),
        max_digits=16,
        decimal_places=3,
        null=True,
        blank=True,
        default=USUAL_VALUE,
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=StocktakeState.values), name="stocktake_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=StocktakeKind.FULL, category_ids=[], product_ids=[])
                | (Q(kind=StocktakeKind.CYCLIC) & ~Q(category_ids=[], product_ids=[])),
                name="stocktake_of_all_or_of_a_named_part",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[StocktakeState.SCHEDULED, StocktakeState.CANCELLED])
                | Q(started_at__isnull=False),
                name="stocktake_started_before_it_counts",
            ),
            models.CheckConstraint(
                condition=(Q(tolerance_units__isnull=True) | Q(tolerance_units__gte=0))
                & (Q(tolerance_percent__isnull=True) | Q(tolerance_percent__gte=0))
                & (Q(tolerance_value__isnull=True) | Q(tolerance_value__gte=0)),
                name="stocktake_tolerance_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["-scheduled_on", "-id"], name="stocktake_day_idx")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class StocktakeLine(models.Model):
    """One product of a stocktake. Quantities in its unit, value excl. tax in the store's currency.

    `snapshot` is what the books said at the level's `snapshot_position`, when the line was made;
    `book` what they said at `count_position`, when it was last counted: `snapshot` and all that
    moved in between, less what a till tells only later to have sold before the count. NULL is not
    counted, which is not 0. `moved`: the books changed between the first and the last scan of it.
    `found`: the books had none of it.
    """

    stocktake = models.ForeignKey(
        Stocktake, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    running = models.BooleanField(default=True, editable=False)
    found = models.BooleanField(_("found"), default=False)
    snapshot = models.DecimalField(_("at the start"), max_digits=12, decimal_places=3)
    snapshot_position = models.BigIntegerField()
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    entries = models.IntegerField(_("scans"), default=0)
    counted = models.DecimalField(_("counted"), max_digits=12, decimal_places=3, null=True)
    counted_before = models.DecimalField(
        _("counted before"), max_digits=12, decimal_places=3, null=True
    )
    counted_at = models.DateTimeField(_("counted at"), null=True)
    counted_by = models.CharField(_("counted by"), max_length=150, blank=True)
    book = models.DecimalField(_("expected"), max_digits=12, decimal_places=3, null=True)
    count_position = models.BigIntegerField(null=True)
    moved = models.BooleanField(_("moved meanwhile"), default=False)
    unit_cost = models.DecimalField(
        _("unit cost excl. tax"), max_digits=18, decimal_places=6, null=True
    )
    variance = models.GeneratedField(
        expression=F("counted") - F("book"),
        output_field=models.DecimalField(max_digits=12, decimal_places=3),
        db_persist=True,
        verbose_name=_("variance"),
    )
    variance_value = models.GeneratedField(
        expression=Func((F("counted") - F("book")) * F("unit_cost"), Value(3), function="round"),
        output_field=models.DecimalField(max_digits=16, decimal_places=3),
        db_persist=True,
        verbose_name=_("variance in value excl. tax"),
    )

    class Meta:
        verbose_name = _("line of a stocktake")
        verbose_name_plural = _("lines of a stocktake")
        constraints = [
            models.UniqueConstraint(
                fields=["stocktake", "product"], name="stocktake_line_one_per_product"
            ),
            models.UniqueConstraint(
                fields=["store", "product"],
                condition=Q(running=True),
                name="stocktake_line_in_one_running_count",
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(counted__gte=0),
                name="stocktake_line_count_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    counted__isnull=True, book__isnull=True, count_position__isnull=True,
                    counted_at__isnull=True, entries=0,
                )
                | Q(
                    counted__isnull=False, book__isnull=False, count_position__isnull=False,
                    counted_at__isnull=False, entries__gt=0,
                ),
                name="stocktake_line_counted_wholly_or_not",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["stocktake", "variance_value"], name="stocktake_line_value_idx"),
            models.Index(
                fields=["store", "product", "counted_at"],
                condition=Q(counted_at__isnull=False),
                name="stocktake_line_counted_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stocktake_id}: {self.product_id}"


class StocktakeCount(models.Model):
    """One scan or entry. Append-only: a mistake is taken back by another one that `undoes` it.

    `delta` is by how much the line's count changed; `act` the call it came by, whose repetition
    writes nothing. `book`, `position` and `unit_cost` are the level's at that moment, under its
    lock.
    """

    line = models.ForeignKey(StocktakeLine, on_delete=models.PROTECT, related_name="counts")
    round = models.PositiveSmallIntegerField(_("round"))
    act = models.UUIDField()
    kind = models.CharField(_("kind"), max_length=8, choices=CountKind)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    delta = models.DecimalField(max_digits=12, decimal_places=3)
    book = models.DecimalField(max_digits=12, decimal_places=3)
    position = models.BigIntegerField()
    unit_cost = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    counted_at = models.DateTimeField(_("counted at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    actor = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        constraints = [
            models.UniqueConstraint(fields=["act", "line"], name="stocktake_count_once_per_act"),
            models.CheckConstraint(
                condition=Q(kind__in=CountKind.values), name="stocktake_count_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=CountKind.UNDO, undoes__isnull=False)
                | (~Q(kind=CountKind.UNDO) & Q(undoes__isnull=True)),
                name="stocktake_count_undoes_iff_undo",
            ),
            models.CheckConstraint(condition=~Q(actor=""), name="stocktake_count_has_an_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.kind} {self.quantity}"
