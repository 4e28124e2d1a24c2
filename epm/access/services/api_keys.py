"""Make, check and revoke the keys that machines sign in with.

A key is `rk_live_<prefix>_<secret>`. The secret has 256 random bits, so its SHA-256 needs no salt
and no slowness; the prefix finds the row. The key itself is shown once and kept nowhere.
"""

import hashlib
import hmac
import json
import re
import secrets
import string
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from epm.access.models import ApiKey, User
from epm.access.selectors import rights
from epm.access.selectors.scope import EVERYTHING, Scope, scope_of, stores_visible_to
from epm.organization.models import Store
from epm.platform import prepared
from epm.platform.refusals import Kind, Refusal

ALPHABET: Final = string.ascii_letters + string.digits
SECRET_LENGTH: Final = 43  # log2(62 ** 43) = 256 bits
SHAPE: Final = re.compile(r"rk_live_([0-9a-z]{10})_([0-9A-Za-z]{43})", re.ASCII)
LONGEST_NAME: Final = 120

# On the path of every request, hence one statement and no model instance.
FOUND: Final = """
    SELECT id, name, key_hash, scopes::text, whole_chain, expires_at, revoked_at, last_used_on,
           ARRAY(SELECT store_id FROM access_apikey_stores WHERE apikey_id = access_apikey.id)
    FROM access_apikey WHERE prefix = %(prefix)s::text
"""


class NameMissing(Refusal):
    code = "access/api-key-name-missing"
    title = _("An API key needs a name")
    kind = Kind.INVALID


class UnknownScope(Refusal):
    code = "access/unknown-key-scope"
    title = _("There is no such scope for API keys")
    kind = Kind.INVALID


class UnknownStore(Refusal):
    code = "access/unknown-store"
    title = _("There is no such store")
    kind = Kind.INVALID


class PlacesContradict(Refusal):
    code = "access/key-places-contradict"
    title = _("An API key is for the whole chain or for named stores")
    kind = Kind.INVALID


class BeyondOwnScope(Refusal):
    code = "access/key-beyond-own-scope"
    title = _("Nobody hands out more than they may see")
    kind = Kind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class ApiClient:
    """The machine behind a valid key: a principal with its own scope."""

    key_id: int
    name: str
    prefix: str
    scope: Scope
    scopes: frozenset[str]

    @property
    def is_authenticated(self) -> bool:
        return True


@transaction.atomic
def create(
    *,
    name: str,
    scopes: Collection[str],
    stores: Collection[str],
    whole_chain: bool,
    expires_at: datetime | None,
    by: User | None,
) -> tuple[ApiKey, str]:
    """A new key and its text, which cannot be had again.

    `stores` are codes in any case, none for the whole chain; `by` is None for the command line.
    Raise NameMissing, UnknownScope, UnknownStore, PlacesContradict or BeyondOwnScope.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise NameMissing(_("Give a name of 1 to 120 characters."))
    unknown = sorted(set(scopes) - rights.KEY_SCOPES.keys())
    if unknown or not scopes:
        raise UnknownScope(
            _("Scopes are %(known)s.") % {"known": ", ".join(rights.KEY_SCOPES)},
            unknown=", ".join(unknown) or None,
        )
    if whole_chain == bool(stores):
        raise PlacesContradict(_("Name stores, or the whole chain, and not both."))
    if whole_chain and by is not None and not scope_of(by).all_stores:
        raise BeyondOwnScope(_("A key for the whole chain takes someone who sees it."))

    prefix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _n in range(10))
    secret = "".join(secrets.choice(ALPHABET) for _n in range(SECRET_LENGTH))
    text = f"rk_live_{prefix}_{secret}"
    found = _stores(stores, by=by)
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        key_hash=_digest(text),
        scopes=sorted(set(scopes)),
        whole_chain=whole_chain,
        expires_at=expires_at,
        created_by=by,
    )
    key.stores.set(found)
    return key, text


@transaction.atomic
def revoke(*, key_id: int, now: datetime) -> bool:
    """Refuse this key from now on. False when it was revoked before; once is for ever."""
    return bool(ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now))


def identify(*, text: str, now: datetime) -> ApiClient | None:
    """The client whose key this is; None for one that is malformed, unknown, expired or revoked.

    One indexed read, so that a revocation counts at once; a write on the first use of a day.
    """
    prefix = prefix_in(text=text)
    if prefix is None:
        return None
    found = prepared.rows(FOUND, {"prefix": prefix})
    return client_in(row=found[0] if found else None, text=text, now=now)


def prefix_in(*, text: str) -> str | None:
    """What finds the row of a key; None where this is none."""
    shape = SHAPE.fullmatch(text)
    return shape[1] if shape else None


def client_in(*, row: Sequence[Any] | None, text: str, now: datetime) -> ApiClient | None:
    """The client of a row of FOUND, if `text` is its key and holds; nothing of it may be None."""
    stored = bytes(row[2]) if row and row[2] else bytes(32)
    if not hmac.compare_digest(stored, _digest(text)) or not row:
        return None
    key_id, name, _hash, scopes, whole_chain, expires_at, revoked_at, last_used_on, stores = row
    if revoked_at is not None or (expires_at is not None and expires_at <= now):
        return None
    if last_used_on != now.date():
        _note_use(key_id=key_id, now=now)
    return ApiClient(
        key_id=key_id,
        name=name,
        prefix=str(prefix_in(text=text)),
        scope=EVERYTHING if whole_chain else Scope(store_ids=frozenset(stores)),
        scopes=frozenset(json.loads(scopes)),
    )


def _note_use(*, key_id: int, now: datetime) -> None:
    """Keep the day, not the moment: one write a day and key."""
    not_yet = Q(last_used_on=None) | Q(last_used_on__lt=now.date())
    ApiKey.objects.filter(not_yet, pk=key_id).update(last_used_on=now.date())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _stores(codes: Collection[str], *, by: User | None) -> list[Store]:
    wanted = {code.lower(): code for code in codes}
    known = Store.objects.all() if by is None else stores_visible_to(by)
    found: list[Store] = [
        *known.annotate(lower=Lower("code")).filter(
            lower__in=[Lower(Value(code)) for code in codes]
        )
    ]
    if missing := wanted.keys() - {store.code.lower() for store in found}:
        raise UnknownStore(
            _("No store has the code %(codes)s.")
            % {"codes": ", ".join(sorted(wanted[code] for code in missing))}
        )
    return found
