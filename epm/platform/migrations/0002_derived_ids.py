from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Create keys that can be derived from what they name."""

    dependencies = [("platform", "0001_ids_and_money")]
    operations = [
        run_sql(
            SQL / "derived_ids.v1.sql",
            down="DROP FUNCTION epm_uuid7_derived(timestamptz, text),"
            " epm_uuid7_beside(uuid, integer)",
        )
    ]
