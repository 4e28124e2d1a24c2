from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Load a month without rows bare, then attach it."""

    dependencies = [("sales", "0005_french_vat")]
    operations = [
        run_sql(
            SQL / "bare_month.v1.sql",
            down="DROP FUNCTION sales_begin_bare_month(timestamptz),"
            " sales_attach_bare_month(timestamptz)",
        )
    ]
