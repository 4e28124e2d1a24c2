import uuid
from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Stock has a version of its own: figures of sales do not depend on what moves all day."""

    dependencies = [
        ("reporting", "0012_live_days"),
        ("inventory", "0011_alerts"),
    ]
    operations = [
        migrations.CreateModel(
            name="StockChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("of", models.CharField(max_length=63)),
            ],
        ),
        migrations.AddField(
            model_name="dataversion",
            name="stock",
            field=models.UUIDField(default=uuid.uuid4),
        ),
        run_sql(SQL / "stock_changes.v1.sql", down=SQL / "stock_changes.v1.down.sql"),
    ]
