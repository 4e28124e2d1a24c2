"""What asks to be prepared is planned once in a connection; nothing else is prepared."""

import pytest
from django.db import connection

from epm.platform import prepared

pytestmark = pytest.mark.django_db


def known():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%% as asked%%'"
        )
        return cursor.fetchall()


def test_is_prepared_at_once_and_used_again():
    statement = "SELECT %(number)s::bigint + 1 as asked"
    assert [prepared.rows(statement, {"number": number}) for number in (1, 2, 3)] == [
        [(2,)],
        [(3,)],
        [(4,)],
    ]
    assert known() == [("SELECT $1::bigint + 1 as asked", 3)]


def test_other_statements_are_not():
    with connection.cursor() as cursor:
        for number in range(20):
            cursor.execute("SELECT %s::bigint as asked", [number])
    assert known() == []
