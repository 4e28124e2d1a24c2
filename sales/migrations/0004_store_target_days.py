from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Spread a month's target over its days."""

    dependencies = [("sales", "0003_ledger_append_only")]
    operations = [run_sql(SQL / "store_target.v1.sql", down=SQL / "store_target.v1.down.sql")]
