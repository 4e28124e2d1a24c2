from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Tell days that sold from days that were only written to."""

    dependencies = [("reporting", "0011_open_lines")]
    operations = [run_sql(SQL / "live_days.v1.sql", down=SQL / "live_days.v1.down.sql")]
