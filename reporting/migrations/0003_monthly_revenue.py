from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Create the materialized view of monthly revenue by store."""

    dependencies = [("reporting", "0002_store_days")]
    operations = [
        run_sql(
            SQL / "mv_ca_magasin_mensuel.v1.sql",
            down="DROP MATERIALIZED VIEW mv_ca_magasin_mensuel",
        )
    ]
