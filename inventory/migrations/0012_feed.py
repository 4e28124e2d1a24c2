from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import keep_history, keep_no_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Mark products by the transaction that changed them; hold over the API in one statement."""

    dependencies = [("inventory", "0012_stock_pages"), ("platform", "0010_idempotency")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="changed_in",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        # The mark is no change of a product's.
        keep_no_history("inventory_product"),
        keep_history("inventory_product", left_out=["changed_in"]),
        run_sql(SQL / "feed.v1.sql", down=SQL / "feed.v1.down.sql"),
        run_sql(SQL / "hold_once.v1.sql", down=SQL / "hold_once.v1.down.sql"),
    ]
