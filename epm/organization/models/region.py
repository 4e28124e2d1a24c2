from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Region(models.Model):
    """A group of stores that one regional manager answers for."""

    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        constraints = [
            models.UniqueConstraint(Lower("code"), name="region_code_unique_ci"),
            models.CheckConstraint(condition=~models.Q(code=""), name="region_code_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
