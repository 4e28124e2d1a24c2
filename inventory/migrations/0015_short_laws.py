from pathlib import Path

from django.db import migrations

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """The laws and the mark of a movement in few words: each statement that writes reads them."""

    dependencies = [("inventory", "0014_four_eyes")]
    operations = [
        run_sql(SQL / "movement_laws.v1.sql", down=SQL / "movement_laws.v1.down.sql"),
    ]
