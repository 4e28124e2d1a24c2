from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Region, Store

SET_UP_WITHIN: Final = timedelta(hours=72)


def end_of_set_up() -> datetime:
    """Until when whoever is let in now may set up a second factor by her password alone."""
    return timezone.now() + SET_UP_WITHIN


class Role(models.TextChoices):
    """What a person may do; where she may do it is her `StoreScope`s."""

    DIRECTOR = "director", _("Director")
    REGIONAL = "regional", _("Regional manager")
    MANAGER = "manager", _("Store manager")
    CASHIER = "cashier", _("Cashier")
    ANALYST = "analyst", _("Analyst")


class User(AbstractUser):
    """A person of the chain who signs in."""

    role = models.CharField(_("role"), max_length=16, choices=Role, blank=True, default="")
    is_demo = models.BooleanField(
        _("demo login"),
        default=False,
        help_text=_("Made by the demo; never outside it."),
    )
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    """One more, and every session and token of hers is over, wherever a copy of it may lie."""
    second_factor_until = models.DateTimeField(
        _("may set up a second factor until"),
        default=end_of_set_up,
        editable=False,
        help_text=_("By password alone. Afterwards a director allows it anew."),
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(role__in=["", *Role.values]), name="user_role_known")
        ]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django compares in each session with the person: her password, and the epoch."""
        plain: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        if not self.session_epoch:
            return plain
        salt = "epm.access.session_epoch"
        return salted_hmac(
            salt, f"{self.session_epoch}:{plain}", secret=secret, algorithm="sha256"
        ).hexdigest()


class ScopeKind(models.TextChoices):
    CHAIN = "chain", _("Whole chain")
    REGION = "region", _("Region")
    STORE = "store", _("Store")


class StoreScope(models.Model):
    """One place a user may see. A user without any sees nothing."""

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="store_scopes",
        verbose_name=_("user"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ScopeKind)
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("region"),
    )
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("store")
    )

    class Meta:
        verbose_name = _("store scope")
        verbose_name_plural = _("store scopes")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ScopeKind.CHAIN, region__isnull=True, store__isnull=True)
                | Q(kind=ScopeKind.REGION, region__isnull=False, store__isnull=True)
                | Q(kind=ScopeKind.STORE, region__isnull=True, store__isnull=False),
                name="store_scope_names_what_its_kind_says",
            ),
            models.UniqueConstraint(
                fields=["user", "kind", "region", "store"],
                name="store_scope_once_per_user",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return str(self.store or self.region or self.get_kind_display())
