from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from epm.access.models.user import User
from epm.organization.models import Store


class ApiKey(models.Model):
    """A machine's credential. Only its hash is kept: the key itself is shown once."""

    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True, editable=False)
    key_hash = models.BinaryField(max_length=32, editable=False)
    scopes = models.JSONField(
        _("scopes"),
        default=list,
        help_text=_("What the key may do, e.g. read, kpis:read."),
    )
    stores = models.ManyToManyField(
        Store,
        blank=True,
        related_name="+",
        verbose_name=_("stores"),
        help_text=_("The stores it may see, unless it sees the whole chain."),
    )
    whole_chain = models.BooleanField(_("whole chain"), default=False)
    created_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_on = models.DateField(_("last used on"), null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="api_key_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
