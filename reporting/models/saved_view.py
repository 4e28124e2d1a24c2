from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A dashboard as a person left it: the page and its query string. Hers alone."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=80)
    path = models.CharField(_("page"), max_length=400)
    query = models.CharField(_("what it shows"), max_length=4000, blank=True)
    is_default = models.BooleanField(_("opens first"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint("user", Lower("name"), name="saved_view_name_once_per_user"),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(is_default=True),
                name="saved_view_one_default_per_user",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
            models.CheckConstraint(
                condition=Q(path__startswith="/dashboards/"), name="saved_view_is_of_a_dashboard"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path
