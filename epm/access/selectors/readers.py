"""How moments and histories are told to a person."""

from collections.abc import Collection
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, regions_visible_to, stores_visible_to
from epm.organization.models import Region, Store
from epm.platform.change_words import Reader


def zone_of(principal: Principal) -> tzinfo:
    """That of her stores when they have one, else UTC."""
    zones = set(
        stores_visible_to(principal).order_by().values_list("timezone", flat=True).distinct()
    )
    return ZoneInfo(zones.pop()) if len(zones) == 1 else UTC


def reader_of(principal: Principal, *, hidden: Collection[str]) -> Reader:
    """By the clock of her stores; with names where she sees people."""
    return Reader(
        zone=zone_of(principal),
        sees_people=rights.sees_people(principal),
        hidden=hidden,
        limited={
            Store: stores_visible_to(principal),
            Region: regions_visible_to(principal),
            **({} if rights.sees_people(principal) else {User: User.objects.none()}),
        },
    )
