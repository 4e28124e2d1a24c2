from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Note that a password changed, not what it is."""

    dependencies = [("platform", "0005_trigrams")]
    operations = [run_sql(SQL / "changes.v2.sql", down=SQL / "changes.v2.down.sql")]
