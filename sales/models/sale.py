from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.imports.models import ImportRun
from epm.organization.models import Store
from sales.models.customer import Customer
from sales.models.register import CashRegister


class Sale(models.Model):
    """A finished ticket, from any channel. It never changes: a correction is a counter-document.

    Totals cover all lines, fees included, in the store's currency.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    store = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("store"),
    )
    register = models.ForeignKey(
        CashRegister,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("cash register"),
        help_text=_("Empty on imported sales: they stand outside the fiscal chain."),
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sales",
        db_index=False,
        verbose_name=_("customer"),
    )
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("cashier"),
    )
    external_ref = models.CharField(_("reference"), max_length=120, null=True, blank=True)  # noqa: DJ001
    revision = models.PositiveSmallIntegerField(
        _("revision"),
        default=1,
        help_text=_("2 and up: replaces an imported ticket that came again with other content."),
    )
    sold_at = models.DateTimeField(_("sold at"))
    business_date = models.DateField(_("business date"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    currency = models.CharField(_("currency"), max_length=3)
    total_ttc = models.DecimalField(_("total incl. tax"), max_digits=16, decimal_places=3)
    total_ht = models.DecimalField(_("total excl. tax"), max_digits=16, decimal_places=3)
    total_vat = models.DecimalField(_("VAT"), max_digits=16, decimal_places=3)
    is_pure_return = models.BooleanField(_("pure return"), default=False)
    is_correction = models.BooleanField(_("correction"), default=False)
    corrects = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    import_run = models.ForeignKey(
        ImportRun,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("import"),
    )
    content_digest = models.BinaryField(max_length=16, null=True, editable=False)

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "external_ref", "revision"],
                name="sale_external_ref_unique_per_store",
            ),
            models.CheckConstraint(
                condition=Q(external_ref__isnull=True) | ~Q(external_ref=""),
                name="sale_external_ref_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(total_ttc=F("total_ht") + F("total_vat")),
                name="sale_ttc_is_ht_plus_vat",
            ),
            models.CheckConstraint(
                condition=Q(sold_at__gte="2000-01-01T00:00:00Z"),
                name="sale_sold_since_2000",
            ),
            models.CheckConstraint(
                condition=Q(is_correction=True, corrects__isnull=False)
                | Q(is_correction=False, corrects__isnull=True),
                name="sale_correction_names_what_it_corrects",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "business_date"], name="sale_store_day_idx"),
            models.Index(
                fields=["customer", "business_date"],
                condition=Q(customer__isnull=False),
                name="sale_customer_day_idx",
            ),
        ]

    def __str__(self) -> str:
        """The till's number where `sales.selectors.references.with_reference` has read it."""
        return self.external_ref or vars(self).get("ticket_ref") or str(self.pk)
