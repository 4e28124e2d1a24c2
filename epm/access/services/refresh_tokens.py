"""Refresh tokens are used once. Who shows one twice ends the session that both came from."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from epm.access.models import RefreshToken, User

SWEPT_AT_ONCE: Final = 100


@transaction.atomic
def note(*, token_id: UUID, user: User, session_key: str, expires_at: datetime) -> None:
    """Remember a token that is handed out."""
    RefreshToken.objects.create(
        pk=token_id, user=user, session_key=session_key, expires_at=expires_at
    )


@transaction.atomic
def use(*, token_id: UUID, session_key: str, now: datetime) -> bool:
    """Use this token up. False when it was used before or never given: of two at once, one wins."""
    used = RefreshToken.objects.filter(
        pk=token_id, session_key=session_key, used_at=None, expires_at__gt=now
    ).update(used_at=now)
    return bool(used)


@transaction.atomic
def sweep(*, now: datetime) -> None:
    """Forget some that have expired."""
    expired = RefreshToken.objects.filter(expires_at__lte=now).values("pk")[:SWEPT_AT_ONCE]
    RefreshToken.objects.filter(pk__in=list(expired.values_list("pk", flat=True))).delete()
