import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from epm.platform.migrations_sql import guard_states


class Migration(migrations.Migration):
    """Offline tickets that could not be taken are kept; every ticket says who sent it."""

    dependencies = [
        ("organization", "0003_keep_history"),
        ("sales", "0018_tickets_at_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="sent_by",
            field=models.CharField(
                db_default=django.db.models.functions.comparison.Coalesce(
                    models.Func(
                        models.Value("epm.actor"),
                        models.Value(True),  # noqa: FBT003
                        function="current_setting",
                        output_field=models.CharField(),
                    ),
                    models.Value(""),
                ),
                max_length=150,
                verbose_name="sent by",
            ),
        ),
        migrations.CreateModel(
            name="RefusedTicket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField()),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "To be settled"),
                            ("booked", "Booked"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("version", models.BigIntegerField(default=0, verbose_name="version")),
                ("body", models.JSONField(editable=False, null=True)),
                ("problem", models.JSONField(verbose_name="why it was refused")),
                ("sent_by", models.CharField(max_length=150, verbose_name="sent by")),
                (
                    "clock",
                    models.DateTimeField(null=True, verbose_name="time by the till's clock"),
                ),
                ("came_at", models.DateTimeField(verbose_name="last sent at")),
                (
                    "first_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="first sent at",
                    ),
                ),
                ("tries", models.PositiveIntegerField(default=1, verbose_name="times sent")),
                (
                    "cashier",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="cashier",
                    ),
                ),
                (
                    "register",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.cashregister",
                        verbose_name="cash register",
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.sale",
                        verbose_name="sale",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "refused offline ticket",
                "verbose_name_plural": "refused offline tickets",
                "indexes": [
                    models.Index(fields=["store", "-id"], name="refused_ticket_store_idx"),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["store"],
                        name="refused_ticket_waiting_idx",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("register", "uuid"), name="refused_ticket_once_per_register"
                    )
                ],
            },
        ),
        guard_states(
            "sales_refusedticket",
            initial="waiting",
            terminal=["booked", "dismissed"],
            steps=["waiting>book>booked", "waiting>dismiss>dismissed"],
        ),
    ]
