"""What an import says of rows that left its quarantine: settled, or waiting in a later one."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from epm.access.models import Role
from epm.imports.models import RunStatus
from epm.imports.selectors.runs import Fate, fates_of
from epm.imports.services import mending, uploads
from epm.organization.models import Store
from tests.factories import chain
from tests.factories.chain import NOON

FILE = b"code,name,floor_area_m2\nA,Alpha,one\nB,Beta,two\nC,Gamma,three\nD,Delta,four\nE,Eps,5\n"
BASE = "/admin/imports/importrun/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _kept_here(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def client():
    return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))


@pytest.fixture
def first():
    columns = {"code": "code", "name": "name", "floor_area_m2": "floor_area_m2"}
    upload = uploads.receive(
        kind_name="stores", chunks=[FILE], file_name="stores.csv", by=None, now=NOON, mapping=None
    )
    return worked(
        uploads.start(
            upload_id=upload.pk, mapping={"kind": "stores", "columns": columns}, dry_run=False,
            by=None, door="page", now=NOON,
        )
    )  # fmt: skip


def worked(run):
    uploads.carry_on(run_id=run.pk)
    run.refresh_from_db()
    return run


def again(run, *, only=None, **areas):
    """The row of each named store gets this area; all open rows are applied again."""
    rows = {row.cells[0]: row for row in run.quarantine.all()}
    cells = {rows[code].pk: [code, rows[code].cells[1], area] for code, area in areas.items()}
    return worked(mending.mend(run_id=run.pk, cells=cells, only=only, by=None, now=NOON))


def page(client, run):
    answer = client.get(f"{BASE}{run.pk}/change/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def link(run, said):
    return f'href="{BASE}{run.pk}/change/">{said}</a>'


def test_rows_that_wait_in_a_later_import_are_not_called_settled(client, first):
    a, b, c, d = first.quarantine.order_by("line_number")
    second = again(first, A="10", B="20")

    assert second.status == RunStatus.DONE_WITH_ERRORS
    assert set(Store.objects.values_list("code", flat=True)) == {"A", "B", "E"}
    assert fates_of(first) == {
        a.pk: Fate(second.pk, waits=False), b.pk: Fate(second.pk, waits=False),
        c.pk: Fate(second.pk, waits=True), d.pk: Fate(second.pk, waits=True),
    }  # fmt: skip
    text = page(client, first)
    assert text.count(link(second, f"Settled by import #{second.pk}")) == 2
    assert text.count(link(second, f"Waits in import #{second.pk}")) == 2
    assert link(second, f"2 rows were settled by import #{second.pk}") in text
    assert link(second, f"2 rows wait in the quarantine of import #{second.pk}") in text
    assert "Done. Its quarantined rows were imported again: some wait there still." in text
    assert "Some rows wait in quarantine" not in text
    assert "Download the open rows" not in text
    assert f"{BASE}{first.pk}/mend/" not in text

    text = page(client, second)
    assert text.count("Waits here") == 2
    assert "Some rows wait in quarantine" in text
    assert "Download the open rows" in text


def test_they_are_followed_to_the_last_import(client, first):
    a, b, c, d = first.quarantine.order_by("line_number")
    second = again(first, A="10", B="20")
    third = again(second, C="30")

    assert fates_of(first) == {
        a.pk: Fate(second.pk, waits=False), b.pk: Fate(second.pk, waits=False),
        c.pk: Fate(third.pk, waits=False), d.pk: Fate(third.pk, waits=True),
    }  # fmt: skip
    fourth = again(third, D="40")

    assert fates_of(first)[d.pk] == Fate(fourth.pk, waits=False)
    text = page(client, first)
    assert "Done. Its quarantined rows were imported again, and all are settled." in text
    assert link(fourth, f"1 row was settled by import #{fourth.pk}") in text
    assert "No row waits here any more." in text
    assert Store.objects.count() == 5


def test_of_rows_that_stay_nothing_changes(client, first):
    a, *_rest = first.quarantine.order_by("line_number")
    second = again(first, only=[a.pk], A="10")

    assert second.status == RunStatus.DONE
    assert fates_of(first) == {a.pk: Fate(second.pk, waits=False)}
    text = page(client, first)
    assert text.count("Waits here") == 3
    assert "Some rows wait in quarantine" in text
    assert link(second, f"1 row was settled by import #{second.pk}") in text
    assert "Download the open rows" in text


def test_two_statements_tell_it_of_all_rows(client, first):
    page(client, first)
    with CaptureQueriesContext(connection) as before:
        page(client, first)
    again(first, A="10", B="20")
    with CaptureQueriesContext(connection) as after:
        page(client, first)

    assert len(after) - len(before) == 2
