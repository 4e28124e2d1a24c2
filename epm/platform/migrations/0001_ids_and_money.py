from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Create the SQL twins of `epm.platform.ids` and `epm.platform.money`."""

    initial = True
    dependencies = []
    operations = [
        run_sql(
            SQL / "ids.v1.sql",
            down="DROP FUNCTION epm_uuid7(timestamptz), epm_uuid7_floor(timestamptz)",
        ),
        run_sql(SQL / "money.v1.sql", down="DROP FUNCTION epm_currency_exponent(text)"),
    ]
