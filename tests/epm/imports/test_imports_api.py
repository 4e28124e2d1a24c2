import csv
import io
from decimal import Decimal

import pytest
from model_bakery import baker

from epm.access.models import Role
from epm.imports.models import ImportRun, QuarantinedRow
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


def run(**fields):
    return baker.make(
        ImportRun,
        **{
            "kind": "sales",
            "status": "done_with_errors",
            "file_names": ["sales.csv"],
            "content_hash": "ab" * 32,
            "columns": ["ticket", "amount"],
            "account": {"rows": {"read": 3, "applied": 2, "quarantined": 1}},
            "started_at": NOON,
            "finished_at": NOON,
            **fields,
        },
    )


def row(of, **fields):
    return baker.make(
        QuarantinedRow,
        **{
            "run": of,
            "file_name": "sales.csv",
            "line_number": 7,
            "reason": "unknown-product",
            "detail": "No product X.",
            "group_key": "T1",
            "amount": Decimal("12.5"),
            "cells": ["T1", "12.50"],
            **fields,
        },
    )


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_shows_a_run_with_its_account(django_assert_num_queries):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    made = run(actor=director)
    client = chain.api_client()
    client.get("/api/v1/imports")

    with django_assert_num_queries(2):
        answer = client.get(f"/api/v1/imports/{made.pk}")

    assert answer.json() == {
        "phase": "",
        "done": 0,
        "total": 0,
        "interrupted": False,
        "id": made.pk,
        "kind": "sales",
        "status": "done_with_errors",
        "file_names": ["sales.csv"],
        "content_hash": "ab" * 32,
        "dry_run": False,
        "by": director.username,
        "door": "command",
        "started_at": "2025-03-31T12:00:00Z",
        "finished_at": "2025-03-31T12:00:00Z",
        "error": "",
        "account": {"rows": {"read": 3, "applied": 2, "quarantined": 1}},
    }
    assert "account" not in client.get("/api/v1/imports").json()["results"][0]


def test_latest_first_and_narrowed():
    old, new = run(kind="products", status="done"), run(dry_run=True)
    client = chain.api_client()

    assert ids(client.get("/api/v1/imports")) == [new.pk, old.pk]
    assert ids(client.get("/api/v1/imports?kind=products")) == [old.pk]
    assert ids(client.get("/api/v1/imports?status=done")) == [old.pk]
    assert ids(client.get("/api/v1/imports?dry_run=true")) == [new.pk]


def test_shows_what_was_set_aside(django_assert_num_queries):
    made = run()
    second, first = row(made, line_number=9), row(made, line_number=8, resolved_by=run())
    row(run())
    client = chain.api_client()
    client.get("/api/v1/imports")

    with django_assert_num_queries(3):
        answer = client.get(f"/api/v1/imports/{made.pk}/quarantine")

    assert answer.json()["results"][1] == {
        "id": second.pk,
        "file_name": "sales.csv",
        "line_number": 9,
        "reason": "unknown-product",
        "detail": "No product X.",
        "group_key": "T1",
        "amount": "12.50",
        "cells": ["T1", "12.50"],
        "resolved_by": None,
    }
    assert ids(answer) == [first.pk, second.pk]
    assert ids(client.get(f"/api/v1/imports/{made.pk}/quarantine?is_open=true")) == [second.pk]
    assert ids(client.get(f"/api/v1/imports/{made.pk}/quarantine?reason=other")) == []
    assert client.get("/api/v1/imports/999999/quarantine").status_code == 404


def test_open_rows_are_downloaded_to_be_corrected():
    made = run()
    kept = row(made, cells=["=HYPERLINK()", "-5"])
    row(made, resolved_by=run())

    answer = chain.api_client().get(f"/api/v1/imports/{made.pk}/quarantine.csv")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        answer["Content-Disposition"] == f'attachment; filename="import-{made.pk}-quarantine.csv"'
    )
    header, *rows = csv.reader(io.StringIO(answer.getvalue().decode()))
    assert header[-2:] == ["ticket", "amount"]
    assert [one[0] for one in rows] == [str(kept.pk)]
    assert rows[0][-2:] == ["'=HYPERLINK()", "-5"]


@pytest.mark.parametrize("part", ["", "/quarantine", "/quarantine.csv"])
def test_a_file_is_seen_by_whoever_sees_the_whole_chain_or_brought_it(part):
    mine = chain.store()
    manager, other = (chain.person(Role.MANAGER, stores=[mine]) for _ in range(2))
    own, foreign = run(actor=manager), run(actor=other)
    browser = chain.signed_in(manager)

    assert browser.get(f"/api/v1/imports/{own.pk}{part}").status_code == 200
    refused = browser.get(f"/api/v1/imports/{foreign.pk}{part}")
    absent = browser.get(f"/api/v1/imports/{foreign.pk + 1000}{part}")
    assert (refused.status_code, refused.content) == (404, absent.content)
    assert ids(browser.get("/api/v1/imports")) == [own.pk]
    assert ids(chain.api_client(stores=[mine]).get("/api/v1/imports")) == []
