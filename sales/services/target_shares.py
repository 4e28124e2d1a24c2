"""A region's target becomes the targets of its stores: to the cent, and then their days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors.scope import Principal
from epm.organization.models import Region, Store
from epm.platform import money
from epm.platform.refusals import Kind, Refusal
from sales.models import Phasing, StoreTarget
from sales.selectors.target_shares import Sharer, by_last_year, sharers
from sales.services import targets

LARGEST: Final = Decimal("1e12")
YEARS: Final = range(2000, 2100)


class SharedBy(StrEnum):
    """What makes one store's share larger than another's."""

    LAST_YEAR = "last_year"
    EQUAL = "equal"
    WEIGHTS = "weights"


class NobodyToShare(Refusal):
    code = "sales/nobody-to-share"
    title = gettext_lazy("There is no store to share the target over")
    kind = Kind.INVALID


class BadStoreWeights(Refusal):
    code = "sales/bad-store-weights"
    title = gettext_lazy("The weights do not fit the stores")
    kind = Kind.INVALID


class CannotBeShared(Refusal):
    code = "sales/target-not-shareable"
    title = gettext_lazy("This amount cannot be shared over these stores")
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Share:
    """What a store gets, excl. tax in its currency; `weight` is what it was reckoned by."""

    store: Store
    weight: Decimal
    amount: Decimal


def reckon(
    *,
    principal: Principal,
    region: Region | None,
    month: date,
    amount: Decimal,
    by: SharedBy,
    weights: Mapping[str, Decimal] | None = None,
) -> list[Share]:
    """How `amount` (excl. tax) would be shared, by store code; nothing is written.

    `month` is its first day. Without `region` it is the chain's. `weights`: given ones, by store
    code in any case, of every store. The shares sum to `amount` exactly; a cent that is left over
    goes to the largest remainder, of equal ones to the first code. Raises NobodyToShare,
    BadStoreWeights, CannotBeShared (several currencies, more decimals than theirs has, a month out
    of 2000 to 2099).
    """
    if month.year not in YEARS:
        raise CannotBeShared(
            _("Give a month from %(first)d to %(last)d.") % {"first": YEARS[0], "last": YEARS[-1]}
        )
    found = sharers(principal, region=region, month=month)
    if not found:
        raise NobodyToShare(
            _("No store of it sells in that month, or you do not see all of its stores.")
        )
    currencies = sorted({each.store.currency for each in found})
    if len(currencies) > 1:
        raise CannotBeShared(
            _("Its stores sell in several currencies: %(currencies)s.")
            % {"currencies": ", ".join(currencies)}
        )
    (currency,) = currencies
    if not 0 <= amount < LARGEST or amount != money.rounded(amount, currency=currency):
        raise CannotBeShared(
            _("Give an amount in %(currency)s that is not negative and has no more decimals.")
            % {"currency": currency}
        )
    weighed = _weights(found, by=by, given=weights or {})
    parts = money.allocated(amount, weights=weighed, currency=currency)
    return [
        Share(each.store, weight, part)
        for each, weight, part in zip(found, weighed, parts, strict=True)
    ]


@transaction.atomic
def share_out(
    *,
    principal: Principal,
    region: Region | None,
    month: date,
    amount: Decimal,
    by: SharedBy,
    phasing: Phasing = Phasing.LAST_YEAR,
    weights: Mapping[str, Decimal] | None = None,
) -> list[Share]:
    """Write the shares as the stores' targets of the month, and spread each over its days.

    What a store had for the month is replaced. All stores get theirs or none does: of two who share
    the same month out at once, the later one's holds for every store. Words and refusals as in
    `reckon`; `phasing` is even or last year's weekdays.
    """
    shares = reckon(
        principal=principal, region=region, month=month, amount=amount, by=by, weights=weights
    )  # fmt: skip
    rows = [_row(share, month=month, phasing=phasing) for share in shares]
    StoreTarget.objects.bulk_create(
        sorted(rows, key=lambda row: row.store_id),  # who waits for a row holds none after it
        update_conflicts=True,
        unique_fields=["store", "month"],
        update_fields=["amount", "phasing", "day_weights", "profile"],
    )
    return shares


def _row(share: Share, *, month: date, phasing: Phasing) -> StoreTarget:
    found = targets.spread(store_id=share.store.pk, month=month, phasing=phasing)
    return StoreTarget(
        store=share.store, month=month, amount=share.amount,
        phasing=found.phasing, day_weights=found.weights, profile=found.profile,
    )  # fmt: skip


def _weights(
    found: Sequence[Sharer], *, by: SharedBy, given: Mapping[str, Decimal]
) -> list[Decimal]:
    if by is SharedBy.EQUAL:
        return [Decimal(1)] * len(found)
    if by is SharedBy.LAST_YEAR:
        return by_last_year(list(found))
    said = {code.lower(): weight for code, weight in given.items()}
    codes = [each.store.code.lower() for each in found]
    fit = (
        len(said) == len(given)
        and set(said) == set(codes)
        and min(said.values()) >= 0
        and any(said.values())
    )
    if not fit:
        raise BadStoreWeights(
            _("Give one weight for each of these stores, none negative and not all zero:"
              " %(stores)s.") % {"stores": ", ".join(each.store.code for each in found)}
        )  # fmt: skip
    return [said[code] for code in codes]
