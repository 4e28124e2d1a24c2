from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """The laws of a line and of a tender in few words: each statement that writes reads them."""

    dependencies = [("sales", "0016_receipts")]
    operations = [
        run_sql(SQL / "sale_line.v3.sql", down=SQL / "sale_line.v3.down.sql"),
        run_sql(SQL / "tender.v1.sql", down=SQL / "tender.v1.down.sql"),
    ]
