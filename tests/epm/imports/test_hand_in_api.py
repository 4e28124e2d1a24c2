"""Files handed in by machines: 202 and a run to look at; the same again is the same run."""

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from epm.access.models import Role
from epm.imports.models import ImportRun, Upload
from epm.imports.services import files, uploads
from epm.organization.models import Store
from tests.factories import chain

pytestmark = pytest.mark.django_db(transaction=True)
SCOPES = ("imports:write", "imports:read")
MAPPING = '[columns]\ncode = "Id"\nfloor_area_m2 = "Area"\n'


@pytest.fixture(autouse=True)
def _kept_here(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def client():
    return chain.api_client(scopes=SCOPES)


def send(client, content=b"code\nA\n", *, key=None, name="stores.csv", **fields):
    headers = {"Idempotency-Key": key} if key else {}
    body = {"file": SimpleUploadedFile(name, content), "kind": "stores", **fields}
    return client.post("/api/v1/imports", body, headers=headers)


def code_of(answer, status):
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.json()["code"]


def nothing_kept():
    kept = list(files.folder().iterdir()) if files.folder().exists() else []
    return not Upload.objects.exists() and not ImportRun.objects.exists() and not kept


def workbook():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Id", "Area"])
        sheet.write_row(1, 0, ["A", 12.5])
    return file.getvalue()


def test_a_workbook_is_previewed_and_confirmed(client):
    answer = send(client, workbook(), name="stores.xlsx", mapping_toml=MAPPING)
    assert answer.status_code == 202, answer.content
    where = answer.headers["Location"]
    assert client.get(where).json()["status"] == "waiting"
    assert code_of(client.post(f"{where}/confirm"), 409) == "imports/not-previewed"

    uploads.carry_on(run_id=answer.json()["id"])
    told = client.get(where).json()
    assert (told["status"], told["door"], told["interrupted"]) == ("preview", "api", False)
    assert told["account"]["rows"]["new"] == 1
    assert not Store.objects.exists()

    first, second = (client.post(f"{where}/confirm") for _again in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    uploads.carry_on(run_id=first.json()["id"])
    assert client.get(first.headers["Location"]).json()["status"] == "done"
    assert list(Store.objects.values_list("code", "floor_area_m2")) == [("A", Decimal("12.50"))]


def test_the_same_key_is_the_same_run_and_nothing_else(client):
    first = send(client, key="monday-07", dry_run="false")
    again = send(client, key="monday-07", dry_run="false")

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = send(client, b"code\nB\n", key="monday-07", dry_run="false")
    assert code_of(other, 422) == "imports/idempotency-key-reused"
    assert code_of(send(client, key="short"), 422) == "imports/bad-idempotency-key"
    assert ImportRun.objects.count() == 1
    foreign = send(chain.api_client(scopes=SCOPES), key="monday-07", dry_run="false")
    assert foreign.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("scopes", [("read",), ("imports:read",)])
def test_reading_is_not_writing(scopes):
    assert code_of(send(chain.api_client(scopes=scopes)), 403) == "permission-denied"
    assert nothing_kept()


def test_a_key_of_some_stores_hands_nothing_in():
    client = chain.api_client(scopes=SCOPES, stores=[chain.store()])

    assert code_of(send(client), 403) == "permission-denied"
    assert nothing_kept()


@pytest.mark.parametrize("role", [Role.REGIONAL, Role.MANAGER, Role.CASHIER, Role.ANALYST])
def test_nor_does_a_person_who_is_no_director(role):
    assert code_of(send(chain.signed_in(chain.person(role, whole_chain=True))), 403) == (
        "permission-denied"
    )
    assert nothing_kept()


@pytest.mark.parametrize(
    ("_case", "content", "fields", "status", "code"),
    [
        ("no table", b"%PDF-1.7", {}, 422, "imports/unreadable-file"),
        ("too large", b"code\n" + b"x" * (1 << 20), {}, 413, "imports/file-too-large"),
        ("no such kind", b"code\nA\n", {"kind": "x"}, 404, "imports/unknown-kind"),
        ("no such mapping", b"code\nA\n", {"mapping": "x"}, 422, "imports/bad-mapping"),
        ("a mark taken out", b"code\nA\n", {"mapping_toml": "[format]\nthousands = '.'"}, 422,
         "imports/bad-mapping"),
        ("bad TOML", b"code\nA\n", {"mapping_toml": "["}, 422, "imports/bad-mapping"),
        ("an unknown field", b"code\nA\n", {"x": "y"}, 422, "validation-error"),
        ("two mappings", b"code\nA\n", {"mapping": "x", "mapping_toml": MAPPING}, 422,
         "validation-error"),
    ],
)  # fmt: skip
def test_a_refused_file_is_not_kept(_case, content, fields, status, code, client, settings):
    settings.EPM_UPLOAD_MB = 1

    assert code_of(send(client, content, **fields), status) == code
    assert nothing_kept()


def test_a_body_that_is_no_form_is_refused(client):
    answer = client.post("/api/v1/imports", json.dumps({}), content_type="application/json")

    assert code_of(answer, 415) == "unsupported-media-type"
    assert nothing_kept()


def test_what_fails_in_the_worker_is_told_by_its_run(client):
    answer = send(client, b"name\nAlpha\n")

    uploads.carry_on(run_id=answer.json()["id"])

    told = client.get(answer.headers["Location"]).json()
    assert told["status"] == "failed"
    assert "code" in told["error"]
    assert not Store.objects.exists()


def test_the_example_of_the_tour_works_as_written(client):
    folder = Path(__file__).resolve().parents[3] / "docs" / "examples" / "imports" / "web-export"
    stores = send(client, (folder / "stores.csv").read_bytes(), dry_run="false")
    uploads.carry_on(run_id=stores.json()["id"])

    orders = send(
        client, (folder / "orders.csv").read_bytes(), name="orders.csv", kind="sales",
        mapping_toml=(folder / "orders.toml").read_text(encoding="utf-8"),
    )  # fmt: skip
    uploads.carry_on(run_id=orders.json()["id"])

    told = client.get(orders.headers["Location"]).json()
    assert (told["status"], told["account"]["money"]["read"]) == ("preview", "167.86")
    assert told["account"]["rows"] == {
        "read": 13, "new": 12, "changed": 0, "unchanged": 1, "refused": 0
    }  # fmt: skip
