import uuid
from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from epm.platform.migrations_sql import guard_states, keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Goods on their way from store to store."""

    dependencies = [
        ("inventory", "0007_price_lists"),
        ("organization", "0003_keep_history"),
        ("platform", "0009_state_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("ready", "Ready to ship"),
                            ("in_transit", "In transit"),
                            ("partially_received", "Partially received"),
                            ("received", "Received"),
                            ("over_received", "Received more than sent"),
                            ("closed_short", "Closed short"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=24,
                        verbose_name="state",
                    ),
                ),
                ("version", models.BigIntegerField(default=0, verbose_name="version")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "expected_on",
                    models.DateField(blank=True, null=True, verbose_name="expected on"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="created at",
                    ),
                ),
                (
                    "shipped_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="shipped at"),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("hold", models.UUIDField(editable=False, null=True)),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="to",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="from",
                    ),
                ),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
            },
        ),
        migrations.CreateModel(
            name="TransferLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="planned"),
                ),
                (
                    "shipped",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="shipped"
                    ),
                ),
                (
                    "accepted",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="accepted"
                    ),
                ),
                (
                    "rejected",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="rejected"
                    ),
                ),
                (
                    "lost",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="lost"
                    ),
                ),
                (
                    "returned",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="returned"
                    ),
                ),
                (
                    "over",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="more than sent"
                    ),
                ),
                (
                    "in_transit",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("shipped"), "-", models.F("accepted")
                                    ),
                                    "-",
                                    models.F("rejected"),
                                ),
                                "-",
                                models.F("lost"),
                            ),
                            "-",
                            models.F("returned"),
                        ),
                        output_field=models.DecimalField(
                            decimal_places=3, max_digits=12, verbose_name="in transit"
                        ),
                    ),
                ),
                (
                    "costed",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        max_digits=12,
                        verbose_name="in transit with a known cost",
                    ),
                ),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=6,
                        default=0,
                        max_digits=20,
                        verbose_name="value in transit excl. tax",
                    ),
                ),
                (
                    "shipped_value",
                    models.DecimalField(
                        decimal_places=6,
                        default=0,
                        max_digits=20,
                        verbose_name="value shipped excl. tax",
                    ),
                ),
                (
                    "unit_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=18,
                        null=True,
                        verbose_name="unit cost excl. tax",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="inventory.transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "line",
                "verbose_name_plural": "lines",
            },
        ),
        migrations.CreateModel(
            name="TransferReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("posting", models.UUIDField(editable=False, unique=True)),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="inventory.transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.CreateModel(
            name="TransferReceiptLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "accepted",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="accepted"
                    ),
                ),
                (
                    "rejected",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="rejected"
                    ),
                ),
                (
                    "over",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="more than sent"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("damaged", "Damaged"),
                            ("expired", "Expired"),
                            ("wrong", "Wrong article"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                (
                    "disposition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("write_off", "Write off"),
                            ("quarantine", "Keep here, out of sale"),
                            ("return", "Send back"),
                        ],
                        max_length=16,
                        verbose_name="disposition",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arrivals",
                        to="inventory.transferline",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="inventory.transferreceipt",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivered line",
                "verbose_name_plural": "delivered lines",
            },
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["state", "-id"], name="transfer_state_idx"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "draft",
                            "ready",
                            "in_transit",
                            "partially_received",
                            "received",
                            "over_received",
                            "closed_short",
                            "cancelled",
                        ],
                    )
                ),
                name="transfer_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("destination")), _negated=True),
                name="transfer_between_two_stores",
            ),
        ),
        migrations.AddIndex(
            model_name="transferline",
            index=models.Index(
                condition=models.Q(("in_transit__gt", 0)),
                fields=["product"],
                name="transfer_line_incoming_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferline",
            constraint=models.UniqueConstraint(
                fields=("transfer", "product"), name="transfer_line_one_per_product"
            ),
        ),
        migrations.AddConstraint(
            model_name="transferline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="transfer_line_plans_goods"
            ),
        ),
        migrations.AddConstraint(
            model_name="transferline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted__gte", 0),
                    ("lost__gte", 0),
                    ("over__gte", 0),
                    ("over__lte", models.F("shipped")),
                    ("rejected__gte", 0),
                    ("returned__gte", 0),
                    (
                        "shipped__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("accepted"), "+", models.F("rejected")
                                ),
                                "+",
                                models.F("lost"),
                            ),
                            "+",
                            models.F("returned"),
                        ),
                    ),
                ),
                name="transfer_line_nothing_from_nowhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("costed__gte", 0),
                    ("value__gte", 0),
                    (
                        "costed__lte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("shipped"), "-", models.F("accepted")
                                    ),
                                    "-",
                                    models.F("rejected"),
                                ),
                                "-",
                                models.F("lost"),
                            ),
                            "-",
                            models.F("returned"),
                        ),
                    ),
                    models.Q(("costed__gt", 0), ("value", 0), _connector="OR"),
                ),
                name="transfer_line_worth_of_what_is_on_the_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferreceiptline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted__gte", 0),
                    ("over__gte", 0),
                    ("rejected__gte", 0),
                    models.Q(("accepted__gt", 0), ("rejected__gt", 0), _connector="OR"),
                    (
                        "over__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("accepted"), "+", models.F("rejected")
                        ),
                    ),
                ),
                name="transfer_receipt_line_brings_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferreceiptline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("disposition", ""), ("reason", ""), ("rejected", 0)),
                    models.Q(
                        ("disposition__in", ["write_off", "quarantine", "return"]),
                        ("reason__in", ["damaged", "expired", "wrong", "other"]),
                        ("rejected__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="transfer_receipt_line_says_why_rejected",
            ),
        ),
        run_sql(SQL / "transfer.v1.sql", down=SQL / "transfer.v1.down.sql"),
        guard_states(
            "inventory_transfer",
            initial="draft",
            terminal=["received", "over_received", "closed_short", "cancelled"],
            steps=[
                "draft>ready>ready",
                "ready>redraft>draft",
                "ready>ship>in_transit",
                "in_transit>receive>partially_received",
                "in_transit>receive>received",
                "in_transit>receive>over_received",
                "partially_received>receive>partially_received",
                "partially_received>receive>received",
                "partially_received>receive>over_received",
                "partially_received>close_short>closed_short",
                "draft>cancel>cancelled",
                "ready>cancel>cancelled",
                "in_transit>cancel>cancelled",
            ],
        ),
        keep_history("inventory_transfer", left_out=["key", "hold"]),
        keep_history("inventory_transferline", part_of="transfer_id"),
    ]
