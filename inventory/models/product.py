from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from inventory.models.category import Category


class UnitOfMeasure(models.TextChoices):
    """What one unit of quantity is. Only pieces count as pieces."""

    PIECE = "piece", _("piece")
    KILOGRAM = "kg", _("kilogram")
    GRAM = "g", _("gram")
    LITRE = "l", _("litre")
    MILLILITRE = "ml", _("millilitre")
    METRE = "m", _("metre")
    SQUARE_METRE = "m2", _("square metre")
    HOUR = "h", _("hour")


class Product(models.Model):
    """What we sell. Prices are tax-inclusive when sold, tax-free when bought."""

    sku = models.CharField(_("SKU"), max_length=64)
    name = models.CharField(_("name"), max_length=300)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("category"),
    )
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    purchase_price = models.DecimalField(
        _("purchase price excl. tax"),
        max_digits=18,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("Empty when unknown: margins then say what share they cover."),
    )
    sale_price = models.DecimalField(
        _("sale price incl. tax"),
        max_digits=18,
        decimal_places=6,
        null=True,
        blank=True,
    )
    tax_class_code = models.CharField(_("tax class"), max_length=32, default="standard")
    unit = models.CharField(
        _("unit of measure"),
        max_length=8,
        choices=UnitOfMeasure,
        default=UnitOfMeasure.PIECE,
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_placeholder = models.BooleanField(
        _("placeholder"),
        default=False,
        help_text=_("Made by an import that met an unknown SKU; complete it and untick."),
    )
    changed_in = models.BigIntegerField(db_default=0, default=0, editable=False)
    """The transaction that last changed it or its barcodes (inventory/sql/feed.v1.sql)."""

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(Lower("sku"), name="product_sku_unique_ci"),
            models.CheckConstraint(condition=~Q(sku=""), name="product_sku_not_empty"),
            models.CheckConstraint(
                condition=Q(unit__in=UnitOfMeasure.values), name="product_unit_known"
            ),
            models.CheckConstraint(
                condition=Q(purchase_price__isnull=True) | Q(purchase_price__gte=0),
                name="product_purchase_price_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(sale_price__isnull=True) | Q(sale_price__gte=0),
                name="product_sale_price_not_negative",
            ),
        ]
        indexes = [
            GinIndex(OpClass(Upper("sku"), "gin_trgm_ops"), name="product_sku_trigram_idx"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="product_name_trigram_idx"),
            models.Index(
                fields=["id"], condition=Q(is_placeholder=True), name="product_placeholder_idx"
            ),
            models.Index(
                fields=["id"],
                condition=Q(is_active=True, purchase_price__isnull=True),
                name="product_without_cost_idx",
            ),
            models.Index(
                fields=["id"],
                condition=Q(is_active=True, sale_price__isnull=True),
                name="product_without_price_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.name}"
