"""SQL objects live in `<app>/sql/<object>.vN.sql`; migrations run them from there."""

from collections.abc import Sequence
from pathlib import Path

from django.db import migrations


def run_sql(up: Path, *, down: Path | str | None = None) -> migrations.RunSQL:
    """Run the file `up`; on reverse run `down`, or refuse to reverse when there is none."""
    reverse = down.read_text(encoding="utf-8") if isinstance(down, Path) else down
    return migrations.RunSQL(sql=up.read_text(encoding="utf-8"), reverse_sql=reverse)


def keep_history(
    table: str,
    *,
    part_of: str = "",
    left_out: Sequence[str] = (),
    verbs: Sequence[str] = ("INSERT", "UPDATE", "DELETE"),
    when: str = "",
) -> migrations.RunSQL:
    """Note every change of `table` in `platform_change` (epm/platform/sql/changes.v2.sql).

    `part_of` names the column of the whole a row belongs to. What is `left_out` is never noted; of
    “~column” it is noted that it changed, not what it holds. `verbs` and `when` keep less.
    """
    arguments = ", ".join(f"'{name}'" for name in (part_of, *left_out))
    only = f" WHEN ({when})" if when else ""
    triggers = {
        "INSERT": "NEW TABLE AS after_rows",
        "UPDATE": "OLD TABLE AS before_rows NEW TABLE AS after_rows",
        "DELETE": "OLD TABLE AS before_rows",
    }
    return migrations.RunSQL(
        sql=[
            f"CREATE TRIGGER {table}_history_{verb.lower()} AFTER {verb} ON {table}"
            f" REFERENCING {triggers[verb]} FOR EACH STATEMENT{only}"
            f" EXECUTE FUNCTION epm_record_changes({arguments})"
            for verb in verbs
        ],
        reverse_sql=[f"DROP TRIGGER {table}_history_{verb.lower()} ON {table}" for verb in verbs],
    )


def keep_no_history(table: str, *, left_out: Sequence[str] = ()) -> migrations.RunSQL:
    """Take back `keep_history` of the same words."""
    kept = keep_history(table, left_out=left_out)
    return migrations.RunSQL(sql=kept.reverse_sql or (), reverse_sql=kept.sql)


def guard_states(
    table: str, *, initial: str, terminal: Sequence[str], steps: Sequence[str]
) -> migrations.RunSQL:
    """Let the documents of `table` change their state by these steps only, and log each.

    `steps` are `state>event>state`, spelled out: a migration stays what it was when the
    `epm.platform.transitions.Machine` goes on. A test compares the two.
    """
    arguments = ", ".join(f"'{word}'" for word in (initial, ",".join(terminal), *steps))
    return migrations.RunSQL(
        sql=f"CREATE TRIGGER {table}_state BEFORE INSERT OR UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION epm_guard_state({arguments})",
        reverse_sql=f"DROP TRIGGER {table}_state ON {table}",
    )
