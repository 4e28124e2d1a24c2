from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Keep the history of prices and costs."""

    dependencies = [("inventory", "0001_initial")]
    operations = [run_sql(SQL / "price_history.v1.sql", down=SQL / "price_history.v1.down.sql")]
