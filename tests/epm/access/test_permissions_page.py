"""The matrix tells what the code does."""

import csv
import re
from io import StringIO

import pytest
from django.contrib import admin

from epm.access.models import Role
from epm.access.permissions import TABLE
from tests.factories import chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def matrix():
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    answer = client.get("/access/permissions.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(answer.content.decode())))


@pytest.mark.parametrize("role", Role.values)
def test_opens_for_directors_and_regional_managers(role):
    client = chain.signed_in(chain.person(role, whole_chain=True))

    for path in ("/access/permissions", "/access/permissions.csv"):
        expected = 200 if role in {"director", "regional"} else 403
        assert client.get(path).status_code == expected


def test_asks_a_stranger_to_sign_in(client):
    for path in ("/access/permissions", "/access/permissions.csv", "/access/view-as"):
        assert client.get(path).status_code == 302


@pytest.mark.parametrize("role", Role.values)
def test_every_mark_is_what_a_person_is_granted(matrix, role):
    person = chain.person(role)

    for line in matrix:
        if line["section"] == "Pages and rows":
            assert (line[role] == "yes") == person.has_perm(line["name"]), line["name"]


def test_every_subject_is_there(matrix):
    told = {re.sub(r"\.(view|add|change|delete)_", ".", line["name"]) for line in matrix}

    assert TABLE.keys() <= told


def test_rights_besides_the_table(matrix):
    told = {line["name"]: [line[role] for role in Role.values] for line in matrix}

    assert told["costs:read"] == ["yes", "yes", "yes", "no", "yes"]
    assert told["customers:read"] == ["yes", "yes", "yes", "yes", "no"]
    assert told["files"] == ["yes", "yes", "yes", "no", "no"]
    assert told["imports:read"] == ["yes", "yes", "yes", "no", "no"]


def test_key_scopes(matrix):
    told = {line["name"]: line["api_key_scopes"] for line in matrix}

    assert told["sales:read"] == "read sales:read"
    assert told["costs:read"] == "read costs:read"
    assert told["files"] == "read"


def test_actions_of_the_administration(matrix):
    told = {
        line["name"]: [role for role in Role.values if line[role] == "yes"]
        for line in matrix
        if line["section"] == "Actions in the administration"
    }

    assert told["access.apikey:revoke"] == ["director"]
    assert told["access.user:view_as"] == ["director"]
    assert told["sales.storetarget:delete_selected"] == ["director"]


@pytest.mark.parametrize("role", Role.values)
def test_pages_open_as_the_matrix_says(matrix, role):
    client = chain.signed_in(chain.person(role, whole_chain=True))
    told = {line["name"]: line[role] == "yes" for line in matrix}

    for model in admin.site._registry:
        label, name = model._meta.app_label, model._meta.model_name
        answer = client.get(f"/admin/{label}/{name}/")
        assert (answer.status_code == 200) == told[f"{label}.view_{name}"], name


def test_the_page_shows_the_same(matrix):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    page = client.get("/access/permissions").content.decode()

    marks = sum(line[role] == "yes" for line in matrix for role in Role.values)
    assert page.count('class="mark yes"') == marks
