from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Create the table of what counts without Redis too."""

    dependencies = [("platform", "0002_derived_ids")]
    operations = [run_sql(SQL / "kept.v1.sql", down="DROP TABLE platform_kept")]
