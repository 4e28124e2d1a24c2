from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from epm.access.models import User
from inventory.models.price_list import PriceList
from inventory.models.product import Product


class PriceEdit(models.Model):
    """Prices changed in one go: of the chain, or of one list. Never edited, undone by another."""

    key = models.UUIDField(_("key"), unique=True, help_text=_("One form is applied once."))
    price_list = models.ForeignKey(
        PriceList,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("price list"),
        help_text=_("Empty for the sale prices of the chain."),
    )
    formula = models.JSONField(_("formula"), default=dict)
    changed = models.PositiveIntegerField(_("changed prices"))
    undoes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="undone_by",
        verbose_name=_("undoes"),
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("price edit")
        verbose_name_plural = _("price edits")
        constraints = [
            models.CheckConstraint(condition=Q(changed__gt=0), name="price_edit_changes_something"),
        ]
        indexes = [models.Index(fields=["-made_at", "-id"], name="price_edit_latest_idx")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PriceEditRow(models.Model):
    """One price before and after, tax included; none: not known, or not in the list."""

    edit = models.ForeignKey(
        PriceEdit, on_delete=models.PROTECT, related_name="rows", verbose_name=_("price edit")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    old = models.DecimalField(_("before"), max_digits=18, decimal_places=6, null=True)
    new = models.DecimalField(_("after"), max_digits=18, decimal_places=6, null=True)

    class Meta:
        verbose_name = _("edited price")
        verbose_name_plural = _("edited prices")
        constraints = [
            models.UniqueConstraint(
                fields=["edit", "product"], name="price_edit_row_once_per_product"
            ),
            models.CheckConstraint(
                condition=~Q(old=F("new")) | Q(old__isnull=True) | Q(new__isnull=True),
                name="price_edit_row_changes_something",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
