"""How a stocktake is told to whoever asks."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.platform import versions
from epm.platform.endpoints import LARGEST_ID, one_row
from inventory.models import Stocktake
from inventory.selectors import stocktakes as asked

COLUMNS: Final = {
    "id": "id", "store": "store__code", "kind": "kind", "state": "state", "blind": "blind",
    "scheduled_on": "scheduled_on", "started_at": "started_at", "note": "note",
}  # fmt: skip
ONE: Final = {**COLUMNS, "version": "version"}


def told_of(principal: Principal, pk: int) -> dict[str, Any]:
    """A stocktake as this principal may see it; Http404 where it is not there for it."""
    stocktake = visible(principal, pk)
    found = asked.progress(stocktake)
    told = one_row(asked.stocktakes_visible_to(principal), pk=pk, columns=ONE)
    told |= {"lines": found.lines, "counted": found.counted}
    if asked.sees_expected(principal, stocktake):
        told |= {"differing": found.differing, "beyond_tolerance": found.beyond}
        if rights.sees_costs(principal):
            told |= {"variance_value": found.variance_value, "uncosted": found.uncosted}
    return told


def name_of(principal: Any) -> str:
    """The name that what is counted or approved is put down to; no username has a space in it."""
    return principal.get_username() if isinstance(principal, User) else f"key {principal.name}"


def visible(principal: Principal, pk: int) -> Stocktake:
    """The stocktake with this number; Http404 where it is not there for this principal."""
    found = (
        asked.stocktakes_visible_to(principal).filter(pk=pk).first() if pk <= LARGEST_ID else None
    )
    if found is None:
        raise Http404
    return found


def tag_of(told: Mapping[str, Any]) -> dict[str, str]:
    """The header that names its version."""
    return {"ETag": versions.etag_of(told["version"])}
