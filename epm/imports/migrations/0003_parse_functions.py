from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Create the functions that read numbers and times out of a file's text."""

    dependencies = [("imports", "0002_quarantine_resolution"), ("platform", "0001_ids_and_money")]
    operations = [
        run_sql(
            SQL / "parse.v1.sql",
            down="DROP FUNCTION imports_number(text), imports_timestamp(text)",
        )
    ]
