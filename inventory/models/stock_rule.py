from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from inventory.models.category import Category
from inventory.models.product import Product


class StockRule(models.Model):
    """How much of something is kept, and when it is worth an alert.

    Each field is taken from the most specific rule that states it: product before nearest category
    before all goods; of these, the store's before the chain's. What none states has a default
    (inventory/sql/stock_needs.v1.sql). Quantities in the product's unit.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="+", null=True, blank=True,
        verbose_name=_("store"), help_text=_("Empty: the whole chain."),
    )  # fmt: skip
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="+", null=True, blank=True,
        verbose_name=_("product"),
    )  # fmt: skip
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, related_name="+", null=True, blank=True,
        verbose_name=_("category"), help_text=_("And all below it. Neither: all goods."),
    )  # fmt: skip
    minimum = models.DecimalField(
        _("minimum"), max_digits=12, decimal_places=3, null=True, blank=True,
        help_text=_("Never wait for less than this before ordering."),
    )  # fmt: skip
    maximum = models.DecimalField(
        _("maximum"), max_digits=12, decimal_places=3, null=True, blank=True,
        help_text=_("What an order fills up to; empty: what the demand asks for."),
    )  # fmt: skip
    service_factor = models.DecimalField(
        _("service factor z"), max_digits=4, decimal_places=3, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(4)],
        help_text=_("1.645: no stock-out in 95 % of the lead times; 2.326: in 99 %."),
    )  # fmt: skip
    safety_days = models.DecimalField(
        _("safety stock in days"), max_digits=5, decimal_places=1, null=True, blank=True,
        help_text=_("Instead of the service factor: so many days of average sales."),
    )  # fmt: skip
    lead_days = models.PositiveSmallIntegerField(
        _("lead time in days"), null=True, blank=True, validators=[MaxValueValidator(365)],
        help_text=_("Empty: the supplier's."),
    )  # fmt: skip
    review_days = models.PositiveSmallIntegerField(
        _("days between orders"), null=True, blank=True, validators=[MaxValueValidator(365)]
    )
    dead_days = models.PositiveSmallIntegerField(
        _("dead after days without a sale"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )  # fmt: skip
    aged_days = models.PositiveSmallIntegerField(
        _("aged after days"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )  # fmt: skip

    class Meta:
        verbose_name = _("stock rule")
        verbose_name_plural = _("stock rules")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product", "category"],
                nulls_distinct=False,
                name="stock_rule_one_per_place_and_goods",
                violation_error_message=_("There is a rule for this store and these goods."),
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=True) | Q(category__isnull=True),
                name="stock_rule_product_or_category",
                violation_error_message=_("Give a product or a category, not both."),
            ),
            models.CheckConstraint(
                condition=(Q(minimum__isnull=True) | Q(minimum__gte=0))
                & (Q(maximum__isnull=True) | Q(maximum__gt=0))
                & (Q(safety_days__isnull=True) | Q(safety_days__gte=0))
                & (Q(service_factor__isnull=True) | Q(service_factor__gte=0)),
                name="stock_rule_not_negative",
                violation_error_message=_("No figure of a rule is negative."),
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True)
                | Q(maximum__isnull=True)
                | Q(maximum__gte=F("minimum")),
                name="stock_rule_maximum_above_minimum",
                violation_error_message=_("The maximum is below the minimum."),
            ),
        ]

    def __str__(self) -> str:
        where = str(self.store) if self.store else str(_("whole chain"))
        what = self.product or self.category or _("all goods")
        return f"{where} · {what}"
