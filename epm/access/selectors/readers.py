"""How histories are told to a person."""

from collections.abc import Collection
from datetime import UTC
from zoneinfo import ZoneInfo

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, regions_visible_to, stores_visible_to
from epm.organization.models import Region, Store
from epm.platform.change_words import Reader


def reader_of(principal: Principal, *, hidden: Collection[str]) -> Reader:
    """By the clock of her stores when they have one, else UTC; with names where she sees people."""
    zones = set(
        stores_visible_to(principal).order_by().values_list("timezone", flat=True).distinct()
    )
    return Reader(
        zone=ZoneInfo(zones.pop()) if len(zones) == 1 else UTC,
        sees_people=rights.sees_people(principal),
        hidden=hidden,
        limited={
            Store: stores_visible_to(principal),
            Region: regions_visible_to(principal),
            **({} if rights.sees_people(principal) else {User: User.objects.none()}),
        },
    )
