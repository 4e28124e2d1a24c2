from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """A plain sale takes its stock at once."""

    dependencies = [("inventory", "0015_short_laws")]
    operations = [
        run_sql(SQL / "issue.v1.sql", down=SQL / "issue.v1.down.sql"),
    ]
