"""Pages tell a moment in the time of the reader's stores, and name it."""

from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from django.utils import timezone
from django.utils.formats import date_format

from epm.access.clock import ClockMiddleware, ReadersZone
from epm.access.models import Role
from epm.imports.models import ImportRun
from tests.factories import chain

pytestmark = pytest.mark.django_db
IN_WINTER = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)
IN_SUMMER = datetime(2026, 7, 15, 22, 30, tzinfo=UTC)


def told_to(user, moment=IN_WINTER):
    """What a page of hers tells, and that the next request is told nothing of it."""
    request = RequestFactory().get("/admin/")
    request.user = user
    found = []

    def view(_request):
        found.append(date_format(timezone.localtime(moment), "DATETIME_FORMAT"))

    ClockMiddleware(view)(request)
    assert timezone.get_current_timezone_name() == "UTC"
    return found[0]


@pytest.mark.parametrize(
    ("moment", "told"),
    [(IN_WINTER, "16 January 2026, 00:30 CET"), (IN_SUMMER, "16 July 2026, 00:30 CEST")],
)
def test_in_the_time_of_her_stores(moment, told):
    assert told_to(chain.person(Role.MANAGER, stores=[chain.store()]), moment) == told


def test_of_stores_of_several_zones_in_utc():
    stores = [chain.store(), chain.store(code="NYC", timezone="America/New_York")]

    assert told_to(chain.person(Role.REGIONAL, stores=stores)) == "15 January 2026, 23:30 UTC"
    assert told_to(chain.person(Role.MANAGER, stores=stores[1:])) == "15 January 2026, 18:30 EST"


def test_without_a_store_in_utc():
    assert told_to(chain.person(Role.MANAGER)) == "15 January 2026, 23:30 UTC"


def test_a_page_that_tells_no_moment_asks_nothing(django_assert_num_queries):
    request = RequestFactory().get("/admin/")
    request.user = chain.person(Role.MANAGER, stores=[chain.store()])

    with django_assert_num_queries(0):
        ClockMiddleware(lambda _request: None)(request)


def test_what_is_typed_is_read_by_the_same_clock():
    request = RequestFactory().get("/admin/")
    request.user = chain.person(Role.MANAGER, stores=[chain.store()])

    read = timezone.make_aware(datetime(2026, 1, 16, 0, 30), ReadersZone(request))  # noqa: DTZ001

    assert read == IN_WINTER


def test_a_list_of_the_administration_is_told_so():
    chain.store()
    ImportRun.objects.create(kind="sales", started_at=IN_WINTER)
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    imports = client.get("/admin/imports/importrun/").content.decode()

    assert "16 January 2026, 00:30 CET" in imports
