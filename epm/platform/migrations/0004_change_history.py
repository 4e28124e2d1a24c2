from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import run_sql
from epm.platform.models import ExactNumbers

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Keep who changed what, before and after."""

    dependencies = [("platform", "0003_kept")]
    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=64, verbose_name="what")),
                ("object_id", models.BigIntegerField(verbose_name="number")),
                ("whole_id", models.BigIntegerField()),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("changed", "Changed"),
                            ("deleted", "Deleted"),
                        ],
                        max_length=8,
                        verbose_name="change",
                    ),
                ),
                (
                    "before",
                    models.JSONField(decoder=ExactNumbers, null=True, verbose_name="before"),
                ),
                ("after", models.JSONField(decoder=ExactNumbers, null=True, verbose_name="after")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                ("actor", models.CharField(blank=True, max_length=150, verbose_name="by")),
                ("door", models.CharField(blank=True, max_length=32, verbose_name="door")),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "indexes": [
                    models.Index(fields=["subject", "whole_id", "id"], name="change_of_whole_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verb__in", ["created", "changed", "deleted"])),
                        name="change_verb_known",
                    )
                ],
            },
        ),
        run_sql(SQL / "changes.v1.sql", down=SQL / "changes.v1.down.sql"),
    ]
