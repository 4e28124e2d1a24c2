from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """What was sold in an earlier session of the same day is late, too."""

    dependencies = [("sales", "0020_most_on_a_card")]
    operations = [run_sql(SQL / "ticket.v3.sql", down=SQL / "ticket.v2.sql")]
