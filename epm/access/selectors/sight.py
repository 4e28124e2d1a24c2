"""Everything about a principal that changes what an answer shows, as one short key."""

import hashlib

import orjson
from django.utils import translation

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of


def sight_of(principal: Principal) -> str:
    """Equal for two principals only when every answer is: stores, rights, costs, language.

    Names nobody: two managers of the same store share what was computed for one of them.
    """
    scope = scope_of(principal)
    held = sorted(right for right in rights.KEY_SCOPES if rights.holds(principal, right))
    person = (
        [principal.role, principal.is_superuser, principal.is_active]
        if isinstance(principal, User)
        else []
    )
    parts = [
        scope.all_stores,
        sorted(scope.store_ids),
        held,
        rights.sees_costs(principal),
        rights.sees_customers(principal),
        person,
        translation.get_language() or "",
    ]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()
