"""What waits for a person: rows to mend, places to complete, access to set right."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from django.db.models import Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.access.models import ApiKey, User
from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of, stores_visible_to
from epm.imports.models import RunStatus
from epm.imports.selectors.runs import open_rows_visible_to, runs_visible_to
from epm.platform import shown
from inventory.selectors.products import products_visible_to

MOST_COUNTED: Final = 1_000
NAMED: Final = 3
SOON: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Chore:
    """`page` is the back office's list, `query` what narrows it to these rows."""

    title: str
    page: str
    query: str = ""
    named: Sequence[str] = ()
    tone: Literal["warn", "note"] = "note"


def chores_of(user: Any) -> list[Chore]:
    """Of what `user` may see and mend, the pressing first; a query each."""
    return [*_of_imports(user), *_of_stores(user), *_of_products(user), *_of_access(user)]


def _of_imports(user: Any) -> Iterator[Chore]:
    if not rights.holds(user, rights.IMPORTS):
        return
    page = "imports_importrun_changelist"
    recent = timezone.now() - SOON
    failed = runs_visible_to(user).filter(status=RunStatus.FAILED, started_at__gte=recent)
    if count := _count(failed):
        title = ngettext("%(count)s import failed", "%(count)s imports failed", count)
        yield Chore(
            title % {"count": told(count)}, page, f"status__exact={RunStatus.FAILED}", tone="warn"
        )
    if count := _count(open_rows_visible_to(user)):
        title = ngettext(
            "%(count)s imported row waits in quarantine",
            "%(count)s imported rows wait in quarantine",
            count,
        )
        query = f"status__exact={RunStatus.DONE_WITH_ERRORS}"
        yield Chore(title % {"count": told(count)}, page, query, tone="warn")


def _of_stores(user: Any) -> Iterator[Chore]:
    if not user.has_perm("organization.change_store"):
        return
    made_up = stores_visible_to(user).filter(is_placeholder=True)
    if codes := list(made_up.values_list("code", flat=True)[: MOST_COUNTED + 1]):
        title = ngettext(
            "%(count)s store was made by an import and is to be completed",
            "%(count)s stores were made by an import and are to be completed",
            len(codes),
        )
        yield Chore(
            title % {"count": told(len(codes))},
            "organization_store_changelist",
            "is_placeholder__exact=1",
            named=codes[:NAMED],
            tone="warn",
        )


def _of_products(user: Any) -> Iterator[Chore]:
    if not (user.has_perm("inventory.view_product") and rights.sees_costs(user)):
        return
    page = "inventory_product_changelist"
    products = products_visible_to(user)
    found = counted(
        {
            "made_up": products.filter(is_placeholder=True),
            "costless": products.filter(is_active=True, purchase_price__isnull=True),
            "priceless": products.filter(is_active=True, sale_price__isnull=True),
        }
    )
    if (count := found["made_up"]) and user.has_perm("inventory.change_product"):
        title = ngettext(
            "%(count)s product was made by an import and is to be completed",
            "%(count)s products were made by an import and are to be completed",
            count,
        )
        yield Chore(title % {"count": told(count)}, page, "is_placeholder__exact=1", tone="warn")
    if count := found["costless"]:
        title = ngettext(
            "%(count)s product has no purchase price", "%(count)s products have no purchase price",
            count,
        )  # fmt: skip
        yield Chore(title % {"count": told(count)}, page, "missing=purchase&is_active__exact=1")
    if count := found["priceless"]:
        title = ngettext(
            "%(count)s product has no sale price", "%(count)s products have no sale price", count
        )
        yield Chore(title % {"count": told(count)}, page, "missing=sale&is_active__exact=1")


def _of_access(user: Any) -> Iterator[Chore]:
    if not (user.has_perm("access.change_user") and scope_of(user).all_stores):
        return
    placeless = User.objects.filter(is_active=True, is_superuser=False, store_scopes__isnull=True)
    names = list(placeless.order_by("username").values_list("username", flat=True)[:MOST_COUNTED])
    if names:
        title = ngettext(
            "%(count)s person may see no store", "%(count)s people may see no store", len(names)
        )
        yield Chore(
            title % {"count": told(len(names))},
            "access_user_changelist",
            "placeless=1",
            named=names[:NAMED],
        )
    now = timezone.now()
    ending = ApiKey.objects.filter(
        Q(revoked_at__isnull=True), expires_at__gte=now, expires_at__lt=now + SOON
    )
    keys = list(ending.order_by("expires_at").values_list("name", flat=True)[:MOST_COUNTED])
    if keys:
        title = ngettext(
            "%(count)s API key expires within two weeks",
            "%(count)s API keys expire within two weeks",
            len(keys),
        )
        yield Chore(
            title % {"count": told(len(keys))}, "access_apikey_changelist", named=keys[:NAMED]
        )


def counted(kinds: Mapping[str, QuerySet]) -> Counter[str]:
    """How many of each kind, in one query: each is read from an index of just these rows."""
    parts = [
        rows.order_by().annotate(counted_as=Value(kind)).values_list("counted_as", flat=True)
        for kind, rows in kinds.items()
    ]
    first, *others = [part[: MOST_COUNTED + 1] for part in parts]
    return Counter(first.union(*others, all=True) if others else first)


def _count(rows: QuerySet) -> int:
    """No further than anybody cares; an index of just these rows answers."""
    return int(rows.order_by()[: MOST_COUNTED + 1].count())


def told(count: int) -> str:
    """The count as a person reads it."""
    return (
        _("more than %(most)s") % {"most": shown.number(Decimal(MOST_COUNTED), places=0)}
        if count > MOST_COUNTED
        else str(count)
    )
