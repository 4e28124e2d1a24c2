"""SQL objects live in `<app>/sql/<object>.vN.sql`; migrations run them from there."""

from collections.abc import Sequence
from pathlib import Path

from django.db import migrations


def run_sql(up: Path, *, down: Path | str | None = None) -> migrations.RunSQL:
    """Run the file `up`; on reverse run `down`, or refuse to reverse when there is none."""
    reverse = down.read_text(encoding="utf-8") if isinstance(down, Path) else down
    return migrations.RunSQL(sql=up.read_text(encoding="utf-8"), reverse_sql=reverse)


def keep_history(
    table: str, *, part_of: str = "", left_out: Sequence[str] = ()
) -> migrations.RunSQL:
    """Note every change of `table` in `platform_change` (epm/platform/sql/changes.v1.sql).

    `part_of` names the column of the whole a row belongs to. What is `left_out` is never noted.
    """
    arguments = ", ".join(f"'{name}'" for name in (part_of, *left_out))
    triggers = {
        "INSERT": "NEW TABLE AS after_rows",
        "UPDATE": "OLD TABLE AS before_rows NEW TABLE AS after_rows",
        "DELETE": "OLD TABLE AS before_rows",
    }
    return migrations.RunSQL(
        sql=[
            f"CREATE TRIGGER {table}_history_{verb.lower()} AFTER {verb} ON {table}"
            f" REFERENCING {rows} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION epm_record_changes({arguments})"
            for verb, rows in triggers.items()
        ],
        reverse_sql=[
            f"DROP TRIGGER {table}_history_{verb.lower()} ON {table}" for verb in triggers
        ],
    )
