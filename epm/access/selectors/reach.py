"""What a principal could reach when a write was answered, to be kept beside that answer.

An answer is given again only to whoever still reaches all of it: rights that were lost since count.
"""

from collections.abc import Mapping
from typing import Any

from epm.access.models import Role, User
from epm.access.selectors.scope import Principal, scope_of


def reach_of(principal: Principal) -> dict[str, Any]:
    """The stores in scope (None: all of them), and the scopes of a key or the role of a person."""
    scope = scope_of(principal)
    return {
        "stores": None if scope.all_stores else sorted(scope.store_ids),
        "holds": sorted(_held(principal)),
    }


def is_within(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether who reaches `now` has lost nothing of `then`.

    More stores do no harm, nor more scopes of a key. A person's role is the same, or another one.
    """
    if now["stores"] is not None and (
        then["stores"] is None or not set(then["stores"]) <= set(now["stores"])
    ):
        return False
    return set(then["holds"]) <= set(now["holds"])


def _held(principal: Any) -> frozenset[str]:
    if not isinstance(principal, User):
        return frozenset(principal.scopes)
    return frozenset(Role.values) if principal.is_superuser else frozenset({principal.role})
