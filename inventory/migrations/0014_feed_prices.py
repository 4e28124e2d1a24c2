from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Mark what lists say by the transaction that changed it."""

    dependencies = [("inventory", "0013_feed")]

    operations = [
        migrations.AddField(
            model_name="listedprice",
            name="changed_in",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name="listedprice",
            index=models.Index(fields=["changed_in"], name="listed_price_changed_idx"),
        ),
        run_sql(SQL / "listed_prices.v2.sql", down=SQL / "listed_prices.v2.down.sql"),
    ]
