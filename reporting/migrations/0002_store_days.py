from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Say once what a line of the ledger adds to each figure."""

    dependencies = [("reporting", "0001_initial"), ("sales", "0004_store_target_days")]
    operations = [
        run_sql(SQL / "line.v1.sql", down=SQL / "line.v1.down.sql"),
        run_sql(
            SQL / "store_days.v1.sql", down="DROP FUNCTION reporting_store_days(bigint[], date[])"
        ),
    ]
