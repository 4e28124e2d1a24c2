from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Cast, Length, LPad, RPad
from django.utils.translation import gettext_lazy as _

from inventory import gtins
from inventory.models.product import Product


class BarcodeKind(models.TextChoices):
    """A GTIN has a check digit, which the database holds to; an internal code is any text."""

    GTIN = "gtin", _("EAN or UPC (GTIN)")
    INTERNAL = "internal", _("internal")


class GtinIsRight(Func):
    """The check digit as PostgreSQL sees it."""

    function = "inventory_gtin_is_right"
    output_field = models.BooleanField()


class Barcode(models.Model):
    """A code a scanner reads. One product has several; one code names one product."""

    product = models.ForeignKey(
        Product,
        on_delete=models.CASCADE,
        related_name="barcodes",
        verbose_name=_("product"),
    )
    code = models.CharField(_("code"), max_length=64, unique=True)
    kind = models.CharField(
        _("kind"),
        max_length=8,
        choices=BarcodeKind,
        default=BarcodeKind.INTERNAL,
        db_default=BarcodeKind.INTERNAL,
    )
    pack_size = models.DecimalField(
        _("pack size"),
        max_digits=12,
        decimal_places=3,
        default=Decimal(1),
        db_default=Decimal(1),
        help_text=_("How many units of the product one scan means: 12 on a carton of twelve."),
    )

    class Meta:
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="barcode_not_empty"),
            models.CheckConstraint(
                condition=Q(kind__in=BarcodeKind.values), name="barcode_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=BarcodeKind.GTIN) | Q(GtinIsRight("code")),
                name="barcode_gtin_check_digit_right",
                violation_error_message=_(
                    "This is no EAN or UPC: wrong check digit, or not 8, 12, 13 or 14 digits."
                    " A code of your own is “internal”."
                ),
            ),
            models.CheckConstraint(
                condition=Q(pack_size__gt=0),
                name="barcode_pack_size_positive",
                violation_error_message=_("A pack holds more than nothing."),
            ),
            models.UniqueConstraint(
                LPad("code", 14, Value("0")),
                condition=Q(kind=BarcodeKind.GTIN),
                name="barcode_gtin_unique_in_any_form",
                violation_error_message=_(
                    "A product has this code already, written with other zeros before it."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.code


def kind_of(code: str) -> BarcodeKind:
    """What a code is, where nobody says: whatever has the check digit of a GTIN is one."""
    return BarcodeKind.GTIN if gtins.is_right(code) else BarcodeKind.INTERNAL


class Embedded(models.TextChoices):
    """What a scale or a counter writes into the code it prints."""

    WEIGHT = "weight", _("weight in kg")
    PRICE = "price", _("price incl. tax")
    QUANTITY = "quantity", _("quantity")


def _with_every_code_below(filler: str) -> Cast:
    return Cast(RPad("prefix", 12, Value(filler)), models.BigIntegerField())


class EmbeddedBarcodeRule(models.Model):
    """How to read an EAN-13 a scale prints: prefix, item, maybe a verifier, value, check digit."""

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(
        _("prefix"),
        max_length=6,
        help_text=_("02, 04 or 20 to 29, and digits after it if need be."),
    )
    item_digits = models.PositiveSmallIntegerField(
        _("digits of the item"),
        help_text=_("Prefix and item together are an internal barcode of the product."),
    )
    embeds = models.CharField(_("holds"), max_length=8, choices=Embedded)
    value_check = models.BooleanField(
        _("verifier digit"),
        default=False,
        help_text=_("The GS1 price verifier stands before a value of 4 or 5 digits."),
    )
    value_digits = models.PositiveSmallIntegerField(_("digits of the value"))
    value_decimals = models.PositiveSmallIntegerField(
        _("decimals of the value"), help_text=_("01234 with 3 decimals is 1.234.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("rule for weights and prices in barcodes")
        verbose_name_plural = _("weights and prices in barcodes")
        constraints = [
            models.CheckConstraint(
                condition=Q(prefix__regex=r"^(0[24]|2[0-9])[0-9]{0,4}$"),
                name="embedded_rule_prefix_of_stores",
                violation_error_message=_(
                    "Only codes that begin with 02, 04 or 20 to 29 are a store's own."
                ),
            ),
            models.CheckConstraint(
                condition=Q(embeds__in=Embedded.values), name="embedded_rule_content_known"
            ),
            models.CheckConstraint(
                condition=Q(item_digits__gte=1, value_digits__gte=1)
                & Q(
                    value_digits=Value(12)
                    - Length("prefix")
                    - F("item_digits")
                    - Case(When(value_check=True, then=Value(1)), default=Value(0))
                ),
                name="embedded_rule_fills_ean_13",
                violation_error_message=_(
                    "Prefix, item, verifier and value must be 12 digits together."
                ),
            ),
            models.CheckConstraint(
                condition=Q(value_decimals__lte=3) & Q(value_decimals__lte=F("value_digits")),
                name="embedded_rule_decimals_within_value",
                violation_error_message=_("At most 3 decimals, and no more than digits."),
            ),
            models.CheckConstraint(
                condition=Q(value_check=False) | Q(value_digits__in=(4, 5)),
                name="embedded_rule_verifies_4_or_5_digits",
                violation_error_message=_("A verifier needs a value of 4 or 5 digits."),
            ),
            ExclusionConstraint(
                name="embedded_rule_prefixes_apart",
                expressions=[
                    (
                        Func(
                            _with_every_code_below("0"),
                            _with_every_code_below("9"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
                condition=Q(is_active=True),
                violation_error_message=_("Another active rule reads codes of this prefix."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} · {self.name}"
