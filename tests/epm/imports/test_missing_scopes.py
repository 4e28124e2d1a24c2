"""The holder of a key is told which scope it lacks; a person is not."""

import pytest
from django.utils import timezone

from epm.access.models import Role
from epm.imports.models import ImportRun, RunStatus
from tests.factories import chain

pytestmark = pytest.mark.django_db
DENIED = {"type": "/problems/permission-denied", "title": "You may not do this", "status": 403,
          "code": "permission-denied"}  # fmt: skip


def lacks(scopes):
    return {**DENIED, "detail": f"This key lacks the scope {scopes}."}


@pytest.fixture
def where():
    run = ImportRun.objects.create(
        kind="sales", status=RunStatus.DONE, content_hash="0" * 64, started_at=timezone.now()
    )
    return f"/api/v1/imports/{run.pk}/quarantine.csv"


def test_files_as_they_came_need_three(where):
    key = chain.api_client(scopes=("imports:read",))
    assert key.get(where).json() == lacks("costs:read, customers:read")

    key = chain.api_client(scopes=("imports:read", "costs:read", "customers:read"))
    assert key.get(where).status_code == 200


def test_any_endpoint_names_its_own(where):
    key = chain.api_client(scopes=("sales:read",))
    assert key.get("/api/v1/stores").json() == lacks("organization:read")
    assert key.post("/api/v1/imports").json() == lacks("imports:write")


def test_a_person_is_told_no_scope():
    cashier = chain.signed_in(chain.person(Role.CASHIER, whole_chain=True))

    assert cashier.get("/api/v1/imports").json() == DENIED
