from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """The key of a write is looked for once."""

    dependencies = [("platform", "0011_short_laws")]
    operations = [
        run_sql(SQL / "idempotency.v2.sql", down=SQL / "idempotency.v2.down.sql"),
    ]
