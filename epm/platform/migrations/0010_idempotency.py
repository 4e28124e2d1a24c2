from datetime import timedelta
from pathlib import Path

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Keep how writes were answered, so that the same request again is answered the same."""

    dependencies = [("platform", "0009_state_changes")]
    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("principal", models.CharField(max_length=64)),
                ("route", models.CharField(max_length=128)),
                ("key", models.CharField(max_length=255)),
                ("request_hash", models.BinaryField()),
                ("response_status", models.PositiveSmallIntegerField()),
                ("response_headers", models.JSONField()),
                ("response_body", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("expires_at", models.DateTimeField(db_default=Now() + timedelta(days=7))),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["principal", "route", "key"], name="idempotency_key_answered_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(key__regex=r"^[A-Za-z0-9_:.\-]{8,255}$"),
                        name="idempotency_key_well_formed",
                    ),
                    models.CheckConstraint(
                        condition=Q(response_status__range=(200, 299))
                        | Q(response_status__in=(402, 409, 422)),
                        name="idempotency_key_answer_worth_keeping",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["expires_at"], name="idempotency_key_expired_idx")
                ],
            },
        ),
        run_sql(SQL / "idempotency.v1.sql", down=SQL / "idempotency.v1.down.sql"),
    ]
