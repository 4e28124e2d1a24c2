"""Who we buy from, and what of theirs is which product of ours."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from epm.platform import shown
from inventory.models.product import Product


class Supplier(models.Model):
    """Somebody we buy from. Prices, orders and bills are in its currency, without tax."""

    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, e.g. EUR."))],
    )
    lead_time_days = models.PositiveSmallIntegerField(
        _("lead time (days)"),
        null=True,
        blank=True,
        help_text=_("From the order to the delivery. Empty when unknown."),
    )
    email = models.EmailField(_("e-mail"), blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="supplier_code_unique_ci"),
            models.CheckConstraint(condition=~Q(code=""), name="supplier_code_not_empty"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="supplier_currency_iso_4217"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


class SupplierProduct(models.Model):
    """How a supplier sells a product: its number for it, by the pack, at which price.

    Quantities are in the product's unit; the price is of one unit, excl. tax, in the supplier's
    currency, or NULL: not known. Price breaks may lower it.
    """

    supplier = models.ForeignKey(
        Supplier,
        on_delete=models.CASCADE,
        related_name="products",
        db_index=False,
        verbose_name=_("supplier"),
    )
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="suppliers", verbose_name=_("product")
    )
    supplier_sku = models.CharField(_("supplier's SKU"), max_length=64, blank=True)
    pack_size = models.DecimalField(
        _("pack"),
        max_digits=12,
        decimal_places=3,
        default=1,
        help_text=_("Only multiples of it can be ordered."),
    )
    minimum_quantity = models.DecimalField(
        _("minimum quantity"),
        max_digits=12,
        decimal_places=3,
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("The least that can be ordered at once."),
    )
    price = models.DecimalField(
        _("unit price excl. tax"),
        max_digits=18,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("In the supplier's currency. Empty when unknown."),
    )
    lead_time_days = models.PositiveSmallIntegerField(
        _("lead time (days)"),
        null=True,
        blank=True,
        help_text=_("Empty: the supplier's own."),
    )
    is_preferred = models.BooleanField(
        _("preferred"),
        default=False,
        help_text=_("Where this product is bought unless somebody says otherwise."),
    )

    class Meta:
        verbose_name = _("supplier's product")
        verbose_name_plural = _("supplier's products")
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "product"], name="supplier_product_once_per_supplier"
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(is_preferred=True),
                name="supplier_product_one_preferred",
            ),
            models.CheckConstraint(
                condition=Q(pack_size__gt=0), name="supplier_product_pack_positive"
            ),
            models.CheckConstraint(
                condition=Q(minimum_quantity__gte=0), name="supplier_product_minimum_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="supplier_product_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.sku} @ {self.supplier.code}"


class PriceBreak(models.Model):
    """From this quantity on, one unit costs this much: excl. tax, in the supplier's currency."""

    supplied = models.ForeignKey(
        SupplierProduct,
        on_delete=models.CASCADE,
        related_name="price_breaks",
        db_index=False,
        verbose_name=_("supplier's product"),
    )
    from_quantity = models.DecimalField(_("from quantity"), max_digits=12, decimal_places=3)
    price = models.DecimalField(_("unit price excl. tax"), max_digits=18, decimal_places=6)

    class Meta:
        verbose_name = _("price break")
        verbose_name_plural = _("price breaks")
        constraints = [
            models.UniqueConstraint(
                fields=["supplied", "from_quantity"], name="price_break_once_per_quantity"
            ),
            models.CheckConstraint(
                condition=Q(from_quantity__gt=0, price__gte=0), name="price_break_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{shown.exact(self.from_quantity)}: {shown.exact(self.price, at_least=2)}"
