from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

NO_VAT_REGIME = "none"
"""Stores of this regime sell without VAT: tax-inclusive equals tax-exclusive."""
VAT = "TVA"
"""What a tax is called where nobody named it."""


class TaxClass(models.Model):
    """A group of goods taxed alike; `Product.tax_class_code` names it."""

    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="tax_class_code_unique_ci"),
            models.CheckConstraint(condition=~Q(code=""), name="tax_class_code_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class TaxRegime(models.Model):
    """How a place taxes: what its prices mean. A store names it by `vat_regime`."""

    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=120)
    prices_include_tax = models.BooleanField(
        _("prices include tax"),
        default=True,
        help_text=_("Otherwise taxes are added to them at the till."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Tills sell by active regimes only."),
    )

    class Meta:
        verbose_name = _("tax regime")
        verbose_name_plural = _("tax regimes")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="tax_regime_code_unique_ci"),
            models.CheckConstraint(condition=~Q(code=""), name="tax_regime_code_not_empty"),
            models.CheckConstraint(condition=~Q(code=NO_VAT_REGIME), name="tax_regime_has_tax"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


class TaxRate(models.Model):
    """The rate of one tax of a class in a regime from a date on, until its next one begins.

    Several taxes of a class are added up; one ends with a rate of 0.
    """

    tax_class = models.ForeignKey(
        TaxClass,
        on_delete=models.PROTECT,
        related_name="rates",
        verbose_name=_("tax class"),
    )
    regime = models.CharField(_("VAT regime"), max_length=32)
    tax = models.CharField(
        _("tax"),
        max_length=16,
        default=VAT,
        help_text=_("As receipts show it. Another name is another tax, added to the others."),
    )
    rate = models.DecimalField(
        _("rate"), max_digits=7, decimal_places=6, help_text=_("0.2 means 20 %.")
    )
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.UniqueConstraint(
                F("tax_class"),
                F("regime"),
                Lower("tax"),
                F("valid_from"),
                name="tax_rate_one_per_day",
            ),
            models.CheckConstraint(condition=~Q(tax=""), name="tax_rate_tax_not_empty"),
            models.CheckConstraint(
                condition=Q(rate__gte=0) & Q(rate__lt=1), name="tax_rate_is_a_fraction"
            ),
            models.CheckConstraint(
                condition=~Q(regime=NO_VAT_REGIME), name="tax_rate_regime_has_vat"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.regime} {self.tax_class_id}: {self.tax} {self.rate} ({self.valid_from})"
