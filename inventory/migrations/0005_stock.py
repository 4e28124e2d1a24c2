import datetime
from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from epm.platform.migrations_sql import keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """The ledger of stock, its levels, and what is reserved of them."""

    dependencies = [
        ("inventory", "0004_search"),
        ("organization", "0003_keep_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockLevel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "on_hand",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="on hand"
                    ),
                ),
                (
                    "reserved",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="reserved"
                    ),
                ),
                (
                    "unavailable",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="unavailable"
                    ),
                ),
                (
                    "shortfall",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="shortfall"
                    ),
                ),
                (
                    "costed",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        max_digits=12,
                        verbose_name="on hand with a known cost",
                    ),
                ),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=6, default=0, max_digits=20, verbose_name="value excl. tax"
                    ),
                ),
                (
                    "average_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=18,
                        null=True,
                        verbose_name="average cost excl. tax",
                    ),
                ),
                ("position", models.BigIntegerField(default=0, verbose_name="movements")),
                ("changed_at", models.DateTimeField(null=True, verbose_name="changed at")),
                ("changed_in", models.BigIntegerField(default=0, editable=False)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stock_levels",
                        to="inventory.product",
                        verbose_name="product",
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
                "verbose_name": "stock level",
                "verbose_name_plural": "stock levels",
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.product",
                        verbose_name="product",
                    ),
                ),
                ("position", models.BigIntegerField(editable=False, verbose_name="number")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="quantity"),
                ),
                (
                    "balance",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="on hand after"
                    ),
                ),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=6, max_digits=20, verbose_name="value excl. tax"
                    ),
                ),
                (
                    "worth",
                    models.DecimalField(
                        decimal_places=6, max_digits=20, verbose_name="value after excl. tax"
                    ),
                ),
                (
                    "costed",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="with a known cost"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opening", "Opening stock"),
                            ("receipt", "Receipt"),
                            ("sale", "Sale"),
                            ("return", "Customer return"),
                            ("supplier_return", "Return to supplier"),
                            ("transfer_out", "Transfer out"),
                            ("transfer_in", "Transfer in"),
                            ("adjustment", "Adjustment"),
                            ("count", "Count"),
                            ("damage", "Damage"),
                            ("expiry", "Expiry"),
                            ("theft", "Theft"),
                            ("loss", "Loss"),
                            ("status", "Change of availability"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "blocked",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="taken out of sale"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("damaged", "Damaged"),
                            ("quality", "Quality control"),
                            ("quarantine", "Quarantine"),
                            ("safety", "Safety stock"),
                            ("display", "On display"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                (
                    "unit_cost",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=18,
                        null=True,
                        verbose_name="unit cost excl. tax",
                    ),
                ),
                (
                    "average_cost",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=18,
                        null=True,
                        verbose_name="average cost after",
                    ),
                ),
                ("occurred_at", models.DateTimeField(verbose_name="happened at")),
                ("business_date", models.DateField(verbose_name="business date")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="recorded at",
                    ),
                ),
                ("posting", models.UUIDField(verbose_name="posting")),
                ("line_no", models.IntegerField(default=1, verbose_name="line")),
                (
                    "document_kind",
                    models.CharField(blank=True, max_length=24, verbose_name="document"),
                ),
                (
                    "document_ref",
                    models.CharField(blank=True, max_length=64, verbose_name="document number"),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                ("door", models.CharField(blank=True, max_length=32, verbose_name="door")),
                ("forced", models.BooleanField(default=False, verbose_name="whatever the policy")),
            ],
            options={
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock movements",
            },
        ),
        migrations.CreateModel(
            name="StockPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "negative",
                    models.CharField(
                        choices=[
                            ("forbid", "Forbid"),
                            ("warn", "Book it and warn"),
                            ("allow", "Book it silently"),
                        ],
                        default="forbid",
                        help_text="What happens when more leaves than the books say is there.",
                        max_length=8,
                        verbose_name="negative stock",
                    ),
                ),
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock policy",
                "verbose_name_plural": "stock policies",
            },
        ),
        migrations.CreateModel(
            name="StockRepair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.JSONField(verbose_name="before")),
                ("after", models.JSONField(verbose_name="after")),
                (
                    "repaired_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="repaired at",
                    ),
                ),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repairs",
                        to="inventory.stocklevel",
                        verbose_name="stock level",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock repair",
                "verbose_name_plural": "stock repairs",
            },
        ),
        migrations.CreateModel(
            name="UnavailableStock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("damaged", "Damaged"),
                            ("quality", "Quality control"),
                            ("quarantine", "Quarantine"),
                            ("safety", "Safety stock"),
                            ("display", "On display"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="quantity"
                    ),
                ),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unavailable_by_reason",
                        to="inventory.stocklevel",
                    ),
                ),
            ],
            options={
                "verbose_name": "unavailable stock",
                "verbose_name_plural": "unavailable stock",
            },
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("basket", models.UUIDField(verbose_name="basket")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="quantity"),
                ),
                (
                    "consumed",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="handed over"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("committed", "Committed"),
                            ("consumed", "Consumed"),
                            ("released", "Released"),
                            ("expired", "Expired"),
                        ],
                        default="active",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("holder", models.CharField(max_length=64, verbose_name="held by")),
                (
                    "document_kind",
                    models.CharField(blank=True, max_length=24, verbose_name="document"),
                ),
                (
                    "document_ref",
                    models.CharField(blank=True, max_length=64, verbose_name="document number"),
                ),
                ("held_at", models.DateTimeField(verbose_name="held at")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="expires at")),
                (
                    "extensions",
                    models.PositiveSmallIntegerField(default=0, verbose_name="extensions"),
                ),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed at")),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "reservation",
                "verbose_name_plural": "reservations",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "active")),
                        fields=["store", "product", "expires_at"],
                        name="reservation_active_idx",
                    ),
                    models.Index(
                        condition=models.Q(("state", "active")),
                        fields=["holder"],
                        name="reservation_holder_idx",
                    ),
                    models.Index(
                        condition=models.Q(("state", "committed")),
                        fields=["store", "product"],
                        name="reservation_committed_idx",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("basket", "product"), name="reservation_one_per_basket_and_product"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["active", "committed", "consumed", "released", "expired"],
                            )
                        ),
                        name="reservation_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gt", 0),
                            ("consumed__gte", 0),
                            ("consumed__lte", models.F("quantity")),
                        ),
                        name="reservation_quantity_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "active"), _negated=True),
                            ("expires_at__isnull", False),
                            _connector="OR",
                        ),
                        name="reservation_active_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__isnull", True),
                            (
                                "expires_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("held_at"),
                                    "+",
                                    models.Value(datetime.timedelta(seconds=3600)),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="reservation_not_extended_for_ever",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("extensions__lte", 3)),
                        name="reservation_extensions_capped",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True), ("state__in", ["active", "committed"])
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ["consumed", "released", "expired"]),
                            ),
                            _connector="OR",
                        ),
                        name="reservation_closed_at_iff_over",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.UniqueConstraint(
                fields=("store", "product"), name="stock_level_one_per_store_and_product"
            ),
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shortfall__gte", 0),
                    (
                        "on_hand__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("reserved"), "+", models.F("unavailable")
                            ),
                            "-",
                            models.F("shortfall"),
                        ),
                    ),
                ),
                name="stock_level_never_oversold",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.CheckConstraint(
                condition=models.Q(("reserved__gte", 0), ("unavailable__gte", 0)),
                name="stock_level_reserved_and_unavailable_not_negative",
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(fields=["store", "business_date"], name="stock_movement_day_idx"),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(
                fields=["store", "product"],
                condition=models.Q(("blocked", 0), _negated=True),
                name="stock_movement_blocked_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(
                condition=models.Q(("document_ref", ""), _negated=True),
                fields=["document_kind", "document_ref"],
                name="stock_movement_document_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.UniqueConstraint(
                fields=("store", "product", "position"), name="stock_movement_one_per_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.UniqueConstraint(
                fields=("posting", "line_no"), name="stock_movement_once_per_posting"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "opening",
                            "receipt",
                            "sale",
                            "return",
                            "supplier_return",
                            "transfer_out",
                            "transfer_in",
                            "adjustment",
                            "count",
                            "damage",
                            "expiry",
                            "theft",
                            "loss",
                            "status",
                        ],
                    )
                ),
                name="stock_movement_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quantity", 0), _negated=True),
                    models.Q(("blocked", 0), _negated=True),
                    _connector="OR",
                ),
                name="stock_movement_moves_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ("receipt", "return", "transfer_in")), ("quantity__gt", 0)
                    ),
                    models.Q(
                        ("kind__in", ("sale", "supplier_return", "transfer_out")),
                        ("quantity__lt", 0),
                    ),
                    models.Q(("kind", "status"), ("quantity", 0)),
                    (
                        "kind__in",
                        ["opening", "adjustment", "count", "damage", "expiry", "theft", "loss"],
                    ),
                    _connector="OR",
                ),
                name="stock_movement_sign_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("blocked", 0), ("reason", "")),
                    (
                        "reason__in",
                        ["damaged", "quality", "quarantine", "safety", "display", "other"],
                    ),
                    _connector="OR",
                ),
                name="stock_movement_blocks_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unit_cost__isnull", True), ("unit_cost__gte", 0), _connector="OR"
                ),
                name="stock_movement_cost_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor", ""), _negated=True), name="stock_movement_has_an_actor"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("negative__in", ["forbid", "warn", "allow"])),
                name="stock_policy_negative_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="unavailablestock",
            constraint=models.UniqueConstraint(
                fields=("level", "reason"), name="unavailable_stock_one_per_level_and_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="unavailablestock",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 0)), name="unavailable_stock_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="unavailablestock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reason__in",
                        ["damaged", "quality", "quarantine", "safety", "display", "other"],
                    )
                ),
                name="unavailable_stock_reason_known",
            ),
        ),
        run_sql(SQL / "stock.v1.sql", down=SQL / "stock.v1.down.sql"),
        run_sql(SQL / "reservation.v1.sql", down=SQL / "reservation.v1.down.sql"),
        keep_history("inventory_stockpolicy"),
    ]
