"""Gift cards and store credit: whose list they are on, what was done, what is owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of, stores_visible_to
from sales import value_codes
from sales.models import StoredValue, StoredValueEntry

CODE_RIGHTS: Final = (rights.STORED_VALUE, rights.STORED_VALUE_WRITE)


@dataclass(frozen=True, slots=True)
class Owed:
    """What accounts issued by a store still hold, tax included, in `currency`."""

    store: str
    currency: str
    kind: str
    accounts: int
    balance: Decimal


def accounts_visible_to(principal: Principal) -> QuerySet[StoredValue]:
    """Accounts issued by the stores in scope, with their store. A code opens any: `with_code`."""
    rows = StoredValue.objects.filter(scope_of(principal).covers("store"))
    return rows.select_related("store")


def entries_visible_to(principal: Principal) -> QuerySet[StoredValueEntry]:
    """Entries of those accounts, the last first. One that happened in a store out of scope is told,
    but not where, by whom and why: `in_sight` says so."""
    in_sight = stores_visible_to(principal).order_by().filter(pk=OuterRef("store"))
    rows = StoredValueEntry.objects.filter(scope_of(principal).covers("account__store"))
    rows = rows.select_related("store", "sale", "account").annotate(in_sight=Exists(in_sight))
    return rows.order_by("-position")


def with_code(principal: Principal, *, code: str) -> StoredValue | None:
    """The account of a whole code, whichever store issued it, for whoever may ask or block at all.

    A card is used all over the chain, so its code is the right to it; scope is for lists.
    """
    if not any(rights.holds(principal, right) for right in CODE_RIGHTS):
        return None
    return StoredValue.objects.filter(code=value_codes.read(code)).first()


def owed_visible_to(principal: Principal) -> Sequence[Owed]:
    """What is owed to the holders of accounts of the stores in scope, by store, currency, kind."""
    rows = accounts_visible_to(principal).filter(balance__gt=0).values("currency", "kind")
    sums = rows.annotate(code=F("store__code"), accounts=Count("pk"), owed=Sum("balance"))
    return [
        Owed(row["code"], row["currency"], row["kind"], row["accounts"], row["owed"])
        for row in sums.order_by("code", "currency", "kind")
    ]
