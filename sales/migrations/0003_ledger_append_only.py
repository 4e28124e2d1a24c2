from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Refuse edits of the ledger; mark what was written."""

    dependencies = [("sales", "0002_sale_line")]
    operations = [
        run_sql(
            SQL / "ledger_append_only.v1.sql",
            down=SQL / "ledger_append_only.v1.down.sql",
        )
    ]
