"""Several statements of sums as one: a page asks about several periods, and the database once."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from reporting.kpis.kpi import IN_TIME
from reporting.selectors.sums import WIDTH, Row, Statement
from reporting.selectors.windows import Windows

NAMED: Final = re.compile(r"%\((\w+)\)s")
SUMS: Final = [f"sum_{number}" for number in range(WIDTH)]
# What comes first names the types of the columns for all.
MOMENT: Final = "SELECT NULL::integer, NULL::integer, NULL::bigint, NULL::date, 0, {sums}".format(
    sums=", ".join(["extract(epoch FROM statement_timestamp())", *["NULL::numeric"] * (WIDTH - 1)])
)


def run(statements: Sequence[Statement], *, windows: Windows) -> tuple[datetime, list[list[Row]]]:
    """The moment they read, and the rows of each. `windows` are the days that they share."""
    parameters: dict[str, Any] = dict(windows.parameters)
    parts = [MOMENT]
    for number, statement in enumerate(statements):
        parts.append(_part(number, statement))
        parameters |= {f"of_{number}_{name}": each for name, each in statement.parameters.items()}
    with_days = f"WITH {', '.join(windows.sql())}"
    with connection.cursor() as cursor:
        cursor.execute(f"{with_days} {' UNION ALL '.join(parts)}", parameters)
        found = cursor.fetchall()
    rows: list[list[Row]] = [[] for _ in statements]
    read_at = Decimal(0)
    for number, part, key, day, total, *sums in found:
        if number is None:
            read_at = sums[0]
        else:
            rows[number].append(Row(part, day or key, bool(total), tuple(sums)))
    return datetime.fromtimestamp(float(read_at), UTC), rows


def _part(number: int, statement: Statement) -> str:
    """Its rows, with its own names for what it is given."""
    keys = "NULL, key" if statement.by in IN_TIME else "key, NULL"
    sums = ", ".join(SUMS)
    query = NAMED.sub(rf"%(of_{number}_\1)s", statement.query())
    columns = ", ".join(["part", "key", "is_total", *SUMS])
    return f"SELECT {number}, part, {keys}, is_total, {sums} FROM ({query}) said ({columns})"  # noqa: S608
