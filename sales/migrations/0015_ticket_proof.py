from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Prove the tickets by sets; tills that begin a month at once do not fail."""

    dependencies = [("sales", "0014_closings")]
    operations = [
        run_sql(SQL / "ensure_month.v2.sql", down=SQL / "ensure_month.v2.down.sql"),
        run_sql(SQL / "ticket_proof.v1.sql", down=SQL / "ticket_proof.v1.down.sql"),
    ]
