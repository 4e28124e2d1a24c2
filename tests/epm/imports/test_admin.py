"""What became of an import, to read and to take away."""

import csv
from io import StringIO

import pytest
from django.utils import timezone

from epm.access.models import Role
from epm.imports.models import ImportRun, QuarantinedRow, RunStatus
from tests.factories import chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    made = ImportRun.objects.create(
        kind="sales",
        status=RunStatus.DONE_WITH_ERRORS,
        file_names=["sales.csv"],
        content_hash="0" * 64,
        columns=["ticket", "note", "amount"],
        started_at=timezone.now(),
        account={
            "rows": {"read": 12345, "applied": 12343, "unchanged": 0, "quarantined": 2},
            "money": {"read": "99.5", "applied": "90", "unchanged": "0", "quarantined": "9.5"},
            "reasons": {"unknown-product": 2},
        },
    )
    for line, note in ((7, "=1+1"), (9, "plain")):
        QuarantinedRow.objects.create(
            run=made,
            file_name="sales.csv",
            line_number=line,
            reason="unknown-product",
            cells=[f"T{line}", note, "-9.50"],
        )
    return made


@pytest.fixture
def client():
    return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))


def test_a_run_shows_its_account_and_quarantine(client, run, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        text = client.get(f"/admin/imports/importrun/{run.pk}/change/").content.decode()

    for said in ("12,345", "12,343", "99.50", "unknown-product", "sales.csv:7", "T9 | plain"):
        assert said in text


def test_the_quarantine_is_downloaded_without_live_formulas(client, run):
    answer = client.get(f"/admin/imports/importrun/{run.pk}/quarantine.csv")

    assert answer.streaming
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["ticket"], row["note"], row["amount"]) for row in rows] == [
        ("T7", "'=1+1", "-9.50"),
        ("T9", "plain", "-9.50"),
    ]


def test_a_file_is_for_who_sees_the_whole_chain(run):
    client = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))

    assert "sales.csv" not in client.get("/admin/imports/importrun/").content.decode()
    assert client.get(f"/admin/imports/importrun/{run.pk}/quarantine.csv").status_code == 404


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ANALYST])
def test_nor_is_it_downloaded_by_who_may_not_see_imports(run, role):
    client = chain.signed_in(chain.person(role, whole_chain=True))

    assert client.get(f"/admin/imports/importrun/{run.pk}/quarantine.csv").status_code in (403, 404)


def test_a_run_is_not_changed(client, run):
    url = f"/admin/imports/importrun/{run.pk}"

    assert client.post(f"{url}/change/", {"kind": "x"}).status_code == 403
    assert client.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    assert ImportRun.objects.get().kind == "sales"
