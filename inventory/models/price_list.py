from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from inventory.models.product import Product


class ListKind(models.TextChoices):
    REGULAR = "regular", _("Regular prices")
    PROMOTION = "promotion", _("Promotion (reduced prices)")


class PriceList(models.Model):
    """Prices that hold from a day on, in one store or in every store of its currency.

    Which list holds where several could: inventory/selectors/prices.py.
    """

    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=16, choices=ListKind, default=ListKind.REGULAR)
    store = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
        help_text=_("Empty for the whole chain."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, e.g. EUR."))],
        help_text=_("The list holds only where this is the store's currency."),
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Empty: until further notice.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("No price holds by a list that is not active.")
    )

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="price_list_code_unique_ci"),
            models.CheckConstraint(condition=~Q(code=""), name="price_list_code_not_empty"),
            models.CheckConstraint(
                condition=Q(kind__in=ListKind.values), name="price_list_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="price_list_currency_iso_4217"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="price_list_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


class PriceListItem(models.Model):
    """The price of one product by one list, tax included."""

    price_list = models.ForeignKey(
        PriceList, on_delete=models.CASCADE, related_name="items", verbose_name=_("price list")
    )
    product = models.ForeignKey(
        Product,
        on_delete=models.PROTECT,
        related_name="list_prices",
        verbose_name=_("product"),
    )
    price = models.DecimalField(
        _("price incl. tax"), max_digits=18, decimal_places=6, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("price of a list")
        verbose_name_plural = _("prices of a list")
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "product"], name="price_list_item_once_per_list"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0), name="price_list_item_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ListedPrice(models.Model):
    """What a list said of a product, and from when until when it said so. A trigger writes it.

    Lists may be edited at any time: which prices were in force is told by these rows, never by
    what the lists say today.
    """

    price_list = models.ForeignKey(
        PriceList, on_delete=models.PROTECT, related_name="+", verbose_name=_("price list")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    price = models.DecimalField(_("price incl. tax"), max_digits=18, decimal_places=6)
    kind = models.CharField(_("kind"), max_length=16, choices=ListKind)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("store")
    )
    currency = models.CharField(_("currency"), max_length=3)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True)
    is_active = models.BooleanField(_("active"))
    known_from = models.DateTimeField(_("known from"))
    known_until = models.DateTimeField(_("known until"), null=True)

    class Meta:
        verbose_name = _("listed price")
        verbose_name_plural = _("listed prices")
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "product"],
                condition=Q(known_until__isnull=True),
                name="listed_price_one_is_current",
            ),
            models.CheckConstraint(
                condition=Q(known_until__isnull=True) | Q(known_until__gte=F("known_from")),
                name="listed_price_known_forwards",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "known_from"], name="listed_price_history_idx"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
