"""JSON that can be understood in one way only, at a door open to strangers."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"username": "a", "username": "b", "password": "c"}',
        '{"username": NaN}',
        "\\xff",
        b"\xff",
        "{",
    ],
    ids=["deep", "twice", "nan", "backslash", "not-utf-8", "cut"],
)
def test_is_refused_as_malformed(body):
    answer = Client(raise_request_exception=False).post(
        "/api/auth/login", body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed-json"


def test_a_problem_page_of_a_name_too_long_is_none():
    assert Client(raise_request_exception=False).get(f"/problems/{'x' * 4000}").status_code == 404
