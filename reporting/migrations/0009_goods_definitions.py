from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Say what a store's month sold, by product and by category."""

    dependencies = [("reporting", "0008_goods_facts")]
    operations = [run_sql(SQL / "goods.v1.sql", down=SQL / "goods.v1.down.sql")]
