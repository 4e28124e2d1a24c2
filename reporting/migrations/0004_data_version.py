import uuid
from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Tell one state of the data from another: marks of what changed, a token for each refresh."""

    dependencies = [
        ("reporting", "0003_monthly_revenue"),
        ("organization", "0001_initial"),
        ("inventory", "0002_price_history"),
        ("sales", "0006_bare_month"),
    ]
    operations = [
        migrations.CreateModel(
            name="DataChange",
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
        migrations.CreateModel(
            name="DataVersion",
            fields=[
                ("one", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("token", models.UUIDField(default=uuid.uuid4)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("one", True)), name="data_version_one_row"
                    )
                ],
            },
        ),
        run_sql(SQL / "data_changes.v1.sql", down=SQL / "data_changes.v1.down.sql"),
    ]
