from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

NO_VAT_REGIME = "none"
"""Stores of this regime sell without VAT: tax-inclusive equals tax-exclusive."""


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


class TaxRate(models.Model):
    """The VAT rate of a class in a regime from a date on, until the next one begins."""

    tax_class = models.ForeignKey(
        TaxClass,
        on_delete=models.PROTECT,
        related_name="rates",
        verbose_name=_("tax class"),
    )
    regime = models.CharField(_("VAT regime"), max_length=32)
    rate = models.DecimalField(
        _("rate"), max_digits=7, decimal_places=6, help_text=_("0.2 means 20 %.")
    )
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.UniqueConstraint(
                fields=["tax_class", "regime", "valid_from"],
                name="tax_rate_one_per_day",
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0) & Q(rate__lt=1), name="tax_rate_is_a_fraction"
            ),
            models.CheckConstraint(
                condition=~Q(regime=NO_VAT_REGIME), name="tax_rate_regime_has_vat"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.regime} {self.tax_class_id}: {self.rate} ({self.valid_from})"
