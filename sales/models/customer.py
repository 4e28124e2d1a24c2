from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _


class Customer(models.Model):
    """Someone the chain knows, at a till or on the web."""

    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    tax_exempt_number = models.CharField(
        _("tax exemption"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text=_("Number of the certificate; empty: pays taxes."),
    )
    tax_exempt_until = models.DateField(
        _("exempt until"), null=True, blank=True, help_text=_("The last day; empty: no end.")
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    is_placeholder = models.BooleanField(
        _("placeholder"),
        default=False,
        help_text=_("Made by an import that met an unknown code; complete it and untick."),
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="customer_code_unique_ci"),
            models.CheckConstraint(condition=~Q(code=""), name="customer_code_not_empty"),
            models.CheckConstraint(
                condition=Q(tax_exempt_until__isnull=True) | ~Q(tax_exempt_number=""),
                name="customer_exemption_has_number",
            ),
        ]
        indexes = [
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="customer_name_trigram_idx"),
            GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="customer_email_trigram_idx"),
        ]

    def __str__(self) -> str:
        return self.name or self.code
