from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Read the lines that no fact about goods holds, and plan nothing where there are none."""

    dependencies = [("reporting", "0010_goods_views")]
    operations = [run_sql(SQL / "open_lines.v1.sql", down=SQL / "open_lines.v1.down.sql")]
