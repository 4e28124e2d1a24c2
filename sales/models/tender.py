from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sales.models.sale import Sale


class TenderKind(models.TextChoices):
    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    CHEQUE = "cheque", _("Cheque")
    GIFT_CARD = "gift_card", _("Gift card")
    STORE_CREDIT = "store_credit", _("Store credit")
    MANUFACTURER_COUPON = "manufacturer_coupon", _("Manufacturer coupon")
    OTHER = "other", _("Other")


class Tender(models.Model):
    """How a part of a sale was paid. Imported sales hold only the tenders their file states.

    Those of a ticket sum to its total. Change is cash with a negative amount; so is what was paid
    back. `reference`: the card's slip, the cheque's number, the last digits of a gift card.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sale = models.ForeignKey(
        Sale, on_delete=models.PROTECT, related_name="tenders", verbose_name=_("sale")
    )
    line_no = models.PositiveSmallIntegerField(_("line"), default=1, db_default=1)
    kind = models.CharField(_("kind"), max_length=24, choices=TenderKind)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=3)
    reference = models.CharField(_("reference"), max_length=64, blank=True, db_default="")

    class Meta:
        verbose_name = _("tender")
        verbose_name_plural = _("tenders")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=TenderKind.values), name="tender_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
