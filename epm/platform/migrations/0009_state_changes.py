from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Documents change by transitions, each of which is written down."""

    dependencies = [
        ("platform", "0008_name_the_whole"),
    ]

    operations = [
        migrations.CreateModel(
            name="StateChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=64, verbose_name="what")),
                ("object_id", models.BigIntegerField(verbose_name="number")),
                ("from_state", models.CharField(max_length=24, verbose_name="from")),
                ("to_state", models.CharField(max_length=24, verbose_name="to")),
                ("event", models.CharField(max_length=32, verbose_name="step")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                ("door", models.CharField(blank=True, max_length=32, verbose_name="door")),
            ],
            options={
                "verbose_name": "state change",
                "verbose_name_plural": "state changes",
                "indexes": [
                    models.Index(fields=["subject", "object_id", "id"], name="state_change_of_idx")
                ],
            },
        ),
        run_sql(SQL / "state_changes.v1.sql", down=SQL / "state_changes.v1.down.sql"),
    ]
