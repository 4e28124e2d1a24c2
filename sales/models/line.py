from django.db import models
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from sales.models.sale import Sale


class LineKind(models.TextChoices):
    """Only items are sales. Value is a gift card or store credit sold: owed, not earned."""

    ITEM = "item", _("Item")
    FEE = "fee", _("Fee")
    TIP = "tip", _("Tip")
    ROUNDING = "rounding", _("Cash rounding")
    VALUE = "value", _("Gift card or store credit")


class Disposition(models.TextChoices):
    """What becomes of goods that came back."""

    SELLABLE = "sellable", _("Sellable again")
    DAMAGED = "damaged", _("Damaged")
    QUARANTINE = "quarantine", _("Quarantine")


class SaleLine(models.Model):
    """One line of a sale; the stored amount is the truth. A return is a line that points back.

    Amounts are in the store's currency and carry the line's sign (a return is negative):
    net_ttc = gross_ttc − discounts, net_ttc = net_ht + vat. What it costs and where it belonged
    is copied when it is written. Fees (shipping, deposits), tips, cash rounding and gift cards sold
    are outside net sales; only fees and items have a product.

    `tax_rate` is that of all taxes together; `taxes` tells them apart where there are several:
    [{"tax", "rate", "amount"}].

    Partitioned by month on its own UUIDv7 key, whose time is `sold_at`: the table, its laws and
    indexes are in sales/sql/sale_line.v1.sql.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sale = models.ForeignKey(
        Sale, on_delete=models.PROTECT, related_name="lines", verbose_name=_("sale")
    )
    line_no = models.PositiveIntegerField(_("line"))
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    sold_at = models.DateTimeField(_("sold at"))
    business_date = models.DateField(_("business date"))
    product = models.ForeignKey(
        "inventory.Product",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("product"),
    )
    category = models.ForeignKey(
        "inventory.Category",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("category"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=LineKind, default=LineKind.ITEM)
    is_piece = models.BooleanField(_("counted in pieces"), default=True)
    is_correction = models.BooleanField(_("correction"), default=False)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    unit_price = models.DecimalField(
        _("unit price incl. tax"), max_digits=18, decimal_places=6, null=True
    )
    gross_ttc = models.DecimalField(_("gross incl. tax"), max_digits=16, decimal_places=3)
    discount_shelf = models.DecimalField(
        _("shelf discount"), max_digits=16, decimal_places=3, default=0
    )
    discount_loyalty = models.DecimalField(
        _("loyalty discount"), max_digits=16, decimal_places=3, default=0
    )
    discount_coupon = models.DecimalField(
        _("store coupon"), max_digits=16, decimal_places=3, default=0
    )
    discount_manual = models.DecimalField(
        _("discount given at the till"),
        max_digits=16,
        decimal_places=3,
        default=0,
        db_default=0,
    )
    net_ttc = models.DecimalField(_("net incl. tax"), max_digits=16, decimal_places=3)
    net_ht = models.DecimalField(_("net excl. tax"), max_digits=16, decimal_places=3)
    vat = models.DecimalField(_("VAT"), max_digits=16, decimal_places=3)
    tax_rate = models.DecimalField(_("VAT rate"), max_digits=7, decimal_places=6)
    unit_cost = models.DecimalField(
        _("unit cost excl. tax"), max_digits=18, decimal_places=6, null=True
    )
    origin_line = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("returns"),
    )
    taxes = models.JSONField(_("taxes"), null=True)
    disposition = models.CharField(  # noqa: DJ001 - only goods that came back have one
        _("what became of it"), max_length=12, choices=Disposition, null=True
    )

    class Meta:
        verbose_name = _("sale line")
        verbose_name_plural = _("sale lines")
        db_table = "sales_saleline"

    def __str__(self) -> str:
        return f"{self.sale_id}/{self.line_no}"
