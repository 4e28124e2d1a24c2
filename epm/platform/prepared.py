"""Questions that are asked on every ticket: their plan is made once in a session, not each time.

Django's cursors put values into the text, so that each statement is parsed and planned anew; for a
question that joins ten tables by their keys, that takes longer than the answer. Here the values
travel apart, so they carry their type where PostgreSQL cannot know it (`%(ids)s::bigint[]`). Such a
statement has no comment with the request's id, which would make each another one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

from epm.platform import measures


def rows(statement: str, words: Mapping[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a statement answers. Raises what Django's cursors raise."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:

        def execute(*_all: Any) -> None:
            cursor.execute(statement, words, prepare=True)

        measures.count_statements(execute, statement, words, many=False, context={})
        if connection.queries_logged:  # whoever counts statements counts these
            connection.queries_log.append({"sql": statement, "time": ""})
        return cursor.fetchall()
