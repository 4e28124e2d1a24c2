from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from epm.platform.migrations_sql import guard_states, keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Stocktakes, their counts, and single adjustments of the stock."""

    dependencies = [
        ("inventory", "0009_purchasing"),
        ("organization", "0003_keep_history"),
        ("platform", "0009_state_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockAdjustment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("note", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("posting", models.UUIDField(editable=False, unique=True)),
                ("happened_at", models.DateTimeField(verbose_name="happened at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="recorded at",
                    ),
                ),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="inventory.stockadjustment",
                        verbose_name="reverses",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock adjustment",
                "verbose_name_plural": "stock adjustments",
            },
        ),
        migrations.CreateModel(
            name="StockAdjustmentLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="quantity"),
                ),
                (
                    "blocked",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="taken out of sale"
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
                        verbose_name="why unavailable",
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
                    "value",
                    models.DecimalField(
                        decimal_places=6, max_digits=20, verbose_name="value excl. tax"
                    ),
                ),
                (
                    "adjustment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="inventory.stockadjustment",
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
            ],
            options={
                "verbose_name": "line of a stock adjustment",
                "verbose_name_plural": "lines of a stock adjustment",
            },
        ),
        migrations.CreateModel(
            name="Stocktake",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("full", "Everything"), ("cyclic", "A part")],
                        max_length=8,
                        verbose_name="what",
                    ),
                ),
                (
                    "category_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        size=None,
                        verbose_name="categories",
                    ),
                ),
                (
                    "product_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        size=None,
                        verbose_name="products",
                    ),
                ),
                (
                    "blind",
                    models.BooleanField(
                        default=True,
                        help_text="Nobody sees what the books expect before the review.",
                        verbose_name="blind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("scheduled", "Scheduled"),
                            ("counting", "Counting"),
                            ("review", "Under review"),
                            ("approved", "Approved"),
                            ("posted", "Posted"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="scheduled",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("version", models.BigIntegerField(default=0, editable=False)),
                (
                    "round",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, verbose_name="round"
                    ),
                ),
                ("scheduled_on", models.DateField(verbose_name="scheduled on")),
                (
                    "started_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="started at"),
                ),
                (
                    "tolerance_units",
                    models.DecimalField(
                        blank=True,
                        default=Decimal(5),
                        decimal_places=3,
                        max_digits=12,
                        null=True,
                        verbose_name="tolerance in units",
                    ),
                ),
                (
                    "tolerance_percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=6,
                        null=True,
                        verbose_name="tolerance in % of the books",
                    ),
                ),
                (
                    "tolerance_value",
                    models.DecimalField(
                        blank=True,
                        default=Decimal(100),
                        decimal_places=3,
                        max_digits=16,
                        null=True,
                        verbose_name="tolerance in value excl. tax",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "stocktake",
                "verbose_name_plural": "stocktakes",
            },
        ),
        migrations.CreateModel(
            name="StocktakeLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("running", models.BooleanField(default=True, editable=False)),
                ("found", models.BooleanField(default=False, verbose_name="found")),
                (
                    "snapshot",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="at the start"
                    ),
                ),
                ("snapshot_position", models.BigIntegerField()),
                ("round", models.PositiveSmallIntegerField(default=1, verbose_name="round")),
                ("entries", models.IntegerField(default=0, verbose_name="scans")),
                (
                    "counted",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, null=True, verbose_name="counted"
                    ),
                ),
                (
                    "counted_before",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, null=True, verbose_name="counted before"
                    ),
                ),
                ("counted_at", models.DateTimeField(null=True, verbose_name="counted at")),
                (
                    "counted_by",
                    models.CharField(blank=True, max_length=150, verbose_name="counted by"),
                ),
                (
                    "book",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, null=True, verbose_name="expected"
                    ),
                ),
                ("count_position", models.BigIntegerField(null=True)),
                ("moved", models.BooleanField(default=False, verbose_name="moved meanwhile")),
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
                    "variance",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("counted"), "-", models.F("book")
                        ),
                        output_field=models.DecimalField(decimal_places=3, max_digits=12),
                        verbose_name="variance",
                    ),
                ),
                (
                    "variance_value",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("counted"), "-", models.F("book")
                                ),
                                "*",
                                models.F("unit_cost"),
                            ),
                            models.Value(3),
                            function="round",
                        ),
                        output_field=models.DecimalField(decimal_places=3, max_digits=16),
                        verbose_name="variance in value excl. tax",
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
                    "stocktake",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="inventory.stocktake",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a stocktake",
                "verbose_name_plural": "lines of a stocktake",
            },
        ),
        migrations.CreateModel(
            name="StocktakeCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(verbose_name="round")),
                ("act", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("add", "Added"),
                            ("set", "Set"),
                            ("undo", "Undone"),
                            ("zero", "Uncounted, set to zero"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="quantity"),
                ),
                ("delta", models.DecimalField(decimal_places=3, max_digits=12)),
                ("book", models.DecimalField(decimal_places=3, max_digits=12)),
                ("position", models.BigIntegerField()),
                ("unit_cost", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("counted_at", models.DateTimeField(verbose_name="counted at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="recorded at",
                    ),
                ),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="inventory.stocktakecount",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="inventory.stocktakeline",
                    ),
                ),
            ],
            options={
                "verbose_name": "count",
                "verbose_name_plural": "counts",
            },
        ),
        migrations.AddConstraint(
            model_name="stockadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ("adjustment", "status", "damage", "expiry", "theft", "loss"))
                ),
                name="stock_adjustment_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "adjustment"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="stock_adjustment_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor", ""), _negated=True),
                name="stock_adjustment_has_an_actor",
            ),
        ),
        migrations.AddIndex(
            model_name="stocktake",
            index=models.Index(fields=["-scheduled_on", "-id"], name="stocktake_day_idx"),
        ),
        migrations.AddConstraint(
            model_name="stocktake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["scheduled", "counting", "review", "approved", "posted", "cancelled"],
                    )
                ),
                name="stocktake_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("category_ids", []), ("kind", "full"), ("product_ids", [])),
                    models.Q(
                        ("kind", "cyclic"),
                        models.Q(("category_ids", []), ("product_ids", []), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="stocktake_of_all_or_of_a_named_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["scheduled", "cancelled"]),
                    ("started_at__isnull", False),
                    _connector="OR",
                ),
                name="stocktake_started_before_it_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("tolerance_units__isnull", True),
                        ("tolerance_units__gte", 0),
                        _connector="OR",
                    ),
                    models.Q(
                        ("tolerance_percent__isnull", True),
                        ("tolerance_percent__gte", 0),
                        _connector="OR",
                    ),
                    models.Q(
                        ("tolerance_value__isnull", True),
                        ("tolerance_value__gte", 0),
                        _connector="OR",
                    ),
                ),
                name="stocktake_tolerance_not_negative",
            ),
        ),
        migrations.AddIndex(
            model_name="stocktakeline",
            index=models.Index(
                fields=["stocktake", "variance_value"], name="stocktake_line_value_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="stocktakeline",
            index=models.Index(
                condition=models.Q(("counted_at__isnull", False)),
                fields=["store", "product", "counted_at"],
                name="stocktake_line_counted_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakeline",
            constraint=models.UniqueConstraint(
                fields=("stocktake", "product"), name="stocktake_line_one_per_product"
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakeline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("running", True)),
                fields=("store", "product"),
                name="stocktake_line_in_one_running_count",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakeline",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted__isnull", True), ("counted__gte", 0), _connector="OR"),
                name="stocktake_line_count_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakeline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("book__isnull", True),
                        ("count_position__isnull", True),
                        ("counted__isnull", True),
                        ("counted_at__isnull", True),
                        ("entries", 0),
                    ),
                    models.Q(
                        ("book__isnull", False),
                        ("count_position__isnull", False),
                        ("counted__isnull", False),
                        ("counted_at__isnull", False),
                        ("entries__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="stocktake_line_counted_wholly_or_not",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakecount",
            constraint=models.UniqueConstraint(
                fields=("act", "line"), name="stocktake_count_once_per_act"
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakecount",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["add", "set", "undo", "zero"])),
                name="stocktake_count_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakecount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "undo"), ("undoes__isnull", False)),
                    models.Q(models.Q(("kind", "undo"), _negated=True), ("undoes__isnull", True)),
                    _connector="OR",
                ),
                name="stocktake_count_undoes_iff_undo",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktakecount",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor", ""), _negated=True),
                name="stocktake_count_has_an_actor",
            ),
        ),
        run_sql(SQL / "stocktake.v1.sql", down=SQL / "stocktake.v1.down.sql"),
        guard_states(
            "inventory_stocktake",
            initial="scheduled",
            terminal=["posted", "cancelled"],
            steps=[
                "scheduled>start>counting",
                "counting>review>review",
                "review>recount>counting",
                "review>approve>approved",
                "approved>post>posted",
                "scheduled>cancel>cancelled",
                "counting>cancel>cancelled",
                "review>cancel>cancelled",
                "approved>cancel>cancelled",
            ],
        ),
        keep_history("inventory_stocktake"),
    ]
