from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Closings follow one another without a gap, chained by their hashes."""

    dependencies = [("sales", "0013_footfall_labour")]

    operations = [run_sql(SQL / "closing.v1.sql", down=SQL / "closing.v1.down.sql")]
