from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store


class CashRegister(models.Model):
    """A till of a store."""

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("cash register")
        verbose_name_plural = _("cash registers")
        constraints = [
            models.UniqueConstraint("store", Lower("code"), name="cash_register_code_unique_ci"),
        ]

    def __str__(self) -> str:
        return self.name or self.code
