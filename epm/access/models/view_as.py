from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from epm.access.models.user import User


class Ending(models.TextChoices):
    """Why a look ended before its time, or that its time was up."""

    OPEN = "", _("Not ended early")
    STOPPED = "stopped", _("Stopped")
    LOGGED_OUT = "logged_out", _("Logged out")
    EXPIRED = "expired", _("Time was up")
    NOT_ALLOWED = "not_allowed", _("No longer allowed")


class ViewAsSession(models.Model):
    """One look at the product with another's eyes: who, whom, from when until when, from where."""

    viewer = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who looked")
    )
    viewed = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("as whom")
    )
    started_at = models.DateTimeField(_("started at"))
    until = models.DateTimeField(
        _("until"), help_text=_("Its end, or its latest end while it lasts.")
    )
    ending = models.CharField(
        _("how it ended"), max_length=16, choices=Ending, blank=True, default=Ending.OPEN
    )
    ip = models.GenericIPAddressField(_("IP address"), null=True)

    class Meta:
        verbose_name = _("look as another")
        verbose_name_plural = _("looks as another")
        constraints = [
            models.CheckConstraint(
                condition=~Q(viewer=F("viewed")), name="view_as_is_of_another_person"
            ),
            models.CheckConstraint(
                condition=Q(until__gte=F("started_at")), name="view_as_ends_after_its_start"
            ),
            models.CheckConstraint(
                condition=Q(ending__in=Ending.values), name="view_as_ending_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.viewer} → {self.viewed}"
