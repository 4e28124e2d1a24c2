"""The same write sent again is done once, and answered with the answer it was given.

Claim, work and answer are one transaction: what has happened is remembered, and nothing else is.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Final, NamedTuple

import orjson
from django.conf import settings
from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from epm.platform.invariants import Invariant
from epm.platform.problems import Problem

SHAPE: Final = re.compile(r"[A-Za-z0-9_:.\-]{8,255}", re.ASCII)
FORGOTTEN_AT_ONCE: Final = 1_000
REACH: Final = ":reach"
"""Stands among the kept headers, and is none: what whoever was answered could reach then."""
# Both are on the path of every write, hence one statement each (sql/idempotency.v1.sql).
CLAIM: Final = """
    SELECT outcome, status, headers, body
    FROM epm_claim_idempotency_key(%s, %s, %s, %s, %s, %s)
"""
KEEP: Final = """
    INSERT INTO platform_idempotencykey (principal, route, key, request_hash,
                                         response_status, response_headers, response_body)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (principal, route, key) DO NOTHING
"""
FORGET: Final = """
    DELETE FROM platform_idempotencykey WHERE id IN (
        SELECT id FROM platform_idempotencykey WHERE expires_at <= %s ORDER BY expires_at
        LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""
INVARIANTS: Final = (
    Invariant(
        "platform/only-answers-worth-keeping",
        "No fault of ours is kept as the answer to a write.",
        """
        SELECT id::text, 'answered with ' || response_status
        FROM platform_idempotencykey WHERE response_status >= 500
        """,
    ),
)


class KeyRequired(Problem):
    status_code = 400
    default_code = "idempotency-key-required"
    default_detail = _("Send a new Idempotency-Key with each new request that writes.")


class KeyInvalid(Problem):
    status_code = 400
    default_code = "idempotency-key-invalid"
    default_detail = _("An Idempotency-Key has 8 to 255 of A–Z, a–z, 0–9, “_”, “-”, “:” and “.”.")


class KeyReused(Problem):
    status_code = 422
    default_code = "idempotency-key-reused"
    default_detail = _("This key came before with another method, address or body.")


class StillRunning(Problem):
    status_code = 409
    default_code = "idempotency-in-progress"
    default_detail = _("The first request with this key is still being worked on.")
    wait = 1


class ReachLost(Problem):
    status_code = 403
    default_code = "permission-denied"
    default_detail = _(
        "It was done, and answered when you could reach more than now: look it up, or ask somebody"
        " who may."
    )


class AnsweredMeanwhile(Exception):
    """A twin has left its answer under the key; what was done beside it must not stay."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: whose, where, under which key, a digest of what it wants, and who acts.

    `reach` is what they may see and do now (epm.access.selectors.reach).
    """

    principal: str
    route: str
    key: str
    digest: bytes
    actor: str
    door: str = "api"
    reach: Mapping[str, Any] = field(kw_only=True)

    def kept(self, headers: Mapping[str, str]) -> str:
        """The headers of an answer as they are kept, for whom it was among them."""
        return orjson.dumps({**headers, REACH: self.reach}).decode()


class Reply(NamedTuple):
    """An answer as it goes out, and as it is kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def checked(key: str | None) -> str:
    """`key` as it was sent. Raise KeyRequired and KeyInvalid."""
    if key is None:
        raise KeyRequired
    if not SHAPE.fullmatch(key):
        raise KeyInvalid
    return key


def claim(asked: Asked) -> Reply | None:
    """The answer given before; else None, and the key is taken until the transaction ends.

    What the transaction writes from here on is put down to the actor. Raise KeyReused,
    StillRunning and ReachLost.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            [asked.principal, asked.route, asked.key, asked.digest, asked.actor, asked.door],
        )
        return answered(asked, *cursor.fetchone())


def answered(asked: Asked, outcome: str, status: int, headers: str, body: bytes) -> Reply | None:
    """The answer given before, if there is one, of what a claim has found.

    Raise KeyReused, StillRunning and ReachLost.
    """
    if outcome == "running":
        raise StillRunning
    if outcome == "reused":
        raise KeyReused
    if outcome != "answered":
        return None
    known = orjson.loads(headers)
    if not _reaches(asked, known.pop(REACH, None)):
        raise ReachLost
    return Reply(status, known, bytes(body))


def _reaches(asked: Asked, then: Mapping[str, Any] | None) -> bool:
    """Answers of before it was kept are forgotten within days."""
    return then is None or import_module(settings.EPM_REACH).is_within(then, asked.reach)


@contextmanager
def claimed_once() -> Iterator[None]:
    """Around a statement that claims, works and keeps in one. Raise AnsweredMeanwhile."""
    try:
        yield
    except IntegrityError as broken:
        diagnosis = getattr(broken.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) == "idempotency_key_answered_once":
            raise AnsweredMeanwhile from broken
        raise


def canonical(told: Any) -> str:
    """What was sent as one text, whatever the order of its members."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)


def digest_of(canonical_text: str) -> bytes:
    """SHA-256 of it."""
    return hashlib.sha256(canonical_text.encode()).digest()


def keep(asked: Asked, reply: Reply) -> None:
    """Leave `reply` under the key. Raise AnsweredMeanwhile when another one is there."""
    with connection.cursor() as cursor:
        cursor.execute(
            KEEP,
            [
                *(asked.principal, asked.route, asked.key, asked.digest),
                *(reply.status, asked.kept(reply.headers), reply.body),
            ],
        )
        if not cursor.rowcount:
            raise AnsweredMeanwhile


def forget_expired(*, now: datetime) -> int:
    """Delete the answers whose time is over, some at a time; how many there were."""
    forgotten, batch = 0, FORGOTTEN_AT_ONCE
    while batch == FORGOTTEN_AT_ONCE:
        with connection.cursor() as cursor:
            cursor.execute(FORGET, [now, FORGOTTEN_AT_ONCE])
            batch = cursor.rowcount
        forgotten += batch
    return forgotten
