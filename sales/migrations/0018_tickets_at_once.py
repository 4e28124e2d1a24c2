from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """A plain ticket takes its stock at once, and is written by few statements."""

    dependencies = [
        ("sales", "0017_short_laws"),
        ("inventory", "0016_issue"),
        ("platform", "0012_claim_once"),
    ]
    operations = [
        run_sql(SQL / "ticket.v2.sql", down=SQL / "ticket.v2.down.sql"),
        run_sql(SQL / "sell_once.v2.sql", down=SQL / "sell_once.v2.down.sql"),
    ]
