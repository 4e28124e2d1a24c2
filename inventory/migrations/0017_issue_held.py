from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """A sale at once holds every level that it writes."""

    dependencies = [("inventory", "0016_issue")]
    operations = [
        run_sql(SQL / "issue.v2.sql", down=SQL / "issue.v2.down.sql"),
    ]
