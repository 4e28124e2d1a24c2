"""django-allauth's signed tokens, with refresh tokens that die together when one is used twice."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from allauth.headless import app_settings
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy, internal
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from epm.access.models import User
from epm.access.selectors import second_factor
from epm.access.services import refresh_tokens, sessions

logger = structlog.get_logger(__name__)


class RotatingTokens(JWTTokenStrategy):
    """allauth keeps refresh tokens in the session, where two at once could both use the same."""

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:
        user = request.user
        if not isinstance(user._wrapped if hasattr(user, "_wrapped") else user, User):  # noqa: SLF001
            return None
        return pair(user, request.session)  # type: ignore[arg-type]

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        payload = internal.decode_token(refresh_token, "refresh")
        session = internal.get_token_session(payload) if payload else None
        if payload is None or session is None:
            return None
        user = internal.validate_token_user(payload, session)
        if user is None or second_factor.lacking(user, session):
            return None
        now = timezone.now()
        token_id = UUID(payload["jti"])
        if not refresh_tokens.use(token_id=token_id, session_key=session.session_key, now=now):
            logger.warning("refresh_token_reused", username=user.get_username())
            sessions.end_family(session=session)
            return None
        refresh_tokens.sweep(now=now)
        made = pair(user, session)
        return made["access_token"], made["refresh_token"]


def pair(user: User, session: SessionBase) -> dict[str, str]:
    """A new access token and the refresh token that renews it, once."""
    sid = internal.session_key_to_sid(session.session_key)
    token, payload = internal.create_token(
        "refresh",
        sub=str(user.pk),
        sid=sid,
        expires_in=app_settings.JWT_REFRESH_TOKEN_EXPIRES_IN,
    )
    refresh_tokens.note(
        token_id=UUID(payload["jti"]),
        user=user,
        session_key=str(session.session_key),
        expires_at=datetime.fromtimestamp(payload["exp"], tz=UTC),
    )
    return {
        "access_token": internal.create_access_token(user, session, {}),
        "refresh_token": token,
    }


def holder(access_token: str) -> tuple[User, SessionBase] | None:
    """Whose token this is, of which session; None once it, that or the person's access ended."""
    payload = internal.decode_token(access_token, "access")
    session = internal.get_token_session(payload) if payload else None
    if payload is None or session is None:
        return None
    user = internal.validate_token_user(payload, session)
    if not isinstance(user, User) or second_factor.lacking(user, session):
        return None
    return user, session
