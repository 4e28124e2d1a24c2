from pathlib import Path

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from epm.platform.migrations_sql import guard_states, keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Days, needs and alerts of stock, their rules, and what is proposed to fill it up."""

    dependencies = [
        ("inventory", "0010_stocktakes"),
        ("organization", "0003_keep_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReplenishmentRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("as_of", models.DateField(verbose_name="as of")),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
            ],
            options={
                "verbose_name": "replenishment run",
                "verbose_name_plural": "replenishment runs",
            },
        ),
        migrations.CreateModel(
            name="StockWatch",
            fields=[
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="organization.store",
                    ),
                ),
                ("through", models.DateTimeField(verbose_name="looked at up to")),
                ("as_of", models.DateField(null=True, verbose_name="all needs as of")),
            ],
            options={
                "verbose_name": "watch over stock",
                "verbose_name_plural": "watches over stock",
            },
        ),
        migrations.CreateModel(
            name="ReplenishmentProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("transfer", "Transfer"),
                            ("order", "Purchase order"),
                            ("none", "No way known"),
                        ],
                        max_length=8,
                        verbose_name="route",
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="quantity"),
                ),
                (
                    "suggested",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="suggested"),
                ),
                (
                    "pack",
                    models.DecimalField(
                        decimal_places=3, default=1, max_digits=12, verbose_name="pack"
                    ),
                ),
                (
                    "ads",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, null=True, verbose_name="daily sales"
                    ),
                ),
                (
                    "sigma",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, null=True, verbose_name="deviation"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(default=0, verbose_name="days in stock")),
                (
                    "position",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="available and incoming"
                    ),
                ),
                (
                    "reorder_point",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, verbose_name="reorder point"
                    ),
                ),
                (
                    "maximum",
                    models.DecimalField(decimal_places=3, max_digits=14, verbose_name="maximum"),
                ),
                (
                    "document_kind",
                    models.CharField(blank=True, max_length=24, verbose_name="document"),
                ),
                (
                    "document_ref",
                    models.CharField(blank=True, max_length=64, verbose_name="document number"),
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
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="from store",
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
                (
                    "supplier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.supplier",
                        verbose_name="supplier",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="inventory.replenishmentrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "replenishment proposal",
                "verbose_name_plural": "replenishment proposals",
                "indexes": [
                    models.Index(fields=["store", "product"], name="replenishment_store_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("pack__gt", 0), ("quantity__gt", 0), ("suggested__gt", 0)
                        ),
                        name="replenishment_quantity_positive",
                        violation_error_message="The quantity must be more than 0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("route", "transfer"), ("source__isnull", False)),
                            models.Q(
                                models.Q(("route", "transfer"), _negated=True),
                                ("source__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="replenishment_source_iff_transfer",
                        violation_error_message="A transfer comes from a store, nothing else does.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source__isnull", True),
                            models.Q(("source", models.F("store")), _negated=True),
                            _connector="OR",
                        ),
                        name="replenishment_from_another_store",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("route", "order"), ("supplier__isnull", False)),
                            models.Q(
                                models.Q(("route", "order"), _negated=True),
                                ("supplier__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="replenishment_supplier_iff_order",
                        violation_error_message="An order goes to a supplier, nothing else does.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("route__in", ["transfer", "order", "none"])),
                        name="replenishment_route_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockAlert",
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
                            ("low", "Low"),
                            ("out", "Out of stock"),
                            ("negative", "Below zero"),
                            ("dead", "Dead"),
                            ("aged", "Aged"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("acknowledged", "Acknowledged"),
                            ("snoozed", "Snoozed"),
                            ("resolved", "Resolved"),
                        ],
                        default="open",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("version", models.IntegerField(default=0, editable=False)),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                (
                    "snoozed_until",
                    models.DateField(blank=True, null=True, verbose_name="snoozed until"),
                ),
                (
                    "resolved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="resolved at"),
                ),
                (
                    "available",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="available"),
                ),
                (
                    "threshold",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, null=True, verbose_name="threshold"
                    ),
                ),
                ("days", models.IntegerField(null=True, verbose_name="days")),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=20,
                        null=True,
                        verbose_name="stock value excl. tax",
                    ),
                ),
                (
                    "lost_per_day",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=18,
                        null=True,
                        verbose_name="sales lost a day excl. tax",
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
                "verbose_name": "stock alert",
                "verbose_name_plural": "stock alerts",
                "indexes": [
                    models.Index(fields=["store", "kind", "state"], name="stock_alert_store_idx"),
                    models.Index(fields=["-opened_at", "-id"], name="stock_alert_latest_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "resolved"), _negated=True),
                        fields=("store", "product", "kind"),
                        name="stock_alert_never_doubled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "acknowledged", "snoozed", "resolved"])
                        ),
                        name="stock_alert_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["low", "out", "negative", "dead", "aged"])
                        ),
                        name="stock_alert_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "snoozed"), _negated=True),
                            ("snoozed_until__isnull", False),
                            _connector="OR",
                        ),
                        name="stock_alert_snoozed_until_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolved_at__isnull", False), ("state", "resolved")),
                            models.Q(
                                models.Q(("state", "resolved"), _negated=True),
                                ("resolved_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="stock_alert_resolved_at_iff_resolved",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                (
                    "on_hand",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="on hand"),
                ),
                (
                    "sellable",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="sellable"),
                ),
                ("sold", models.DecimalField(decimal_places=3, max_digits=12, verbose_name="sold")),
                (
                    "returned",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="returned"),
                ),
                (
                    "received",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="received"),
                ),
                (
                    "cost",
                    models.DecimalField(
                        decimal_places=6, max_digits=20, verbose_name="cost of sales excl. tax"
                    ),
                ),
                (
                    "costed",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="sold with a known cost"
                    ),
                ),
                ("in_stock", models.BooleanField(verbose_name="in stock")),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.product",
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
                    ),
                ),
            ],
            options={
                "verbose_name": "day of stock",
                "verbose_name_plural": "days of stock",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "product", "day"), name="stock_day_one_per_level_and_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StockNeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.BigIntegerField(verbose_name="movements")),
                ("as_of", models.DateField(null=True, verbose_name="as of")),
                (
                    "ads",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, null=True, verbose_name="daily sales"
                    ),
                ),
                (
                    "sigma",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, null=True, verbose_name="deviation"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(default=0, verbose_name="days in stock")),
                ("last_sold_on", models.DateField(null=True, verbose_name="last sold on")),
                ("stocked_since", models.DateField(null=True, verbose_name="in stock since")),
                ("oldest_on", models.DateField(null=True, verbose_name="oldest goods of")),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="lead time in days"),
                ),
                (
                    "minimum",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, null=True, verbose_name="minimum"
                    ),
                ),
                (
                    "reorder_point",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, null=True, verbose_name="reorder point"
                    ),
                ),
                (
                    "maximum",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, null=True, verbose_name="maximum"
                    ),
                ),
                (
                    "dead_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="days without a sale"),
                ),
                (
                    "aged_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="days of age"),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.product",
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
                    ),
                ),
            ],
            options={
                "verbose_name": "need of stock",
                "verbose_name_plural": "needs of stock",
                "indexes": [models.Index(fields=["product"], name="stock_need_product_idx")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "product"), name="stock_need_one_per_store_and_product"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reorder_point__isnull", True),
                            ("reorder_point__gte", 0),
                            _connector="OR",
                        ),
                        name="stock_need_reorder_point_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "minimum",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="Never wait for less than this before ordering.",
                        max_digits=12,
                        null=True,
                        verbose_name="minimum",
                    ),
                ),
                (
                    "maximum",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="What an order fills up to; empty: what the demand asks for.",
                        max_digits=12,
                        null=True,
                        verbose_name="maximum",
                    ),
                ),
                (
                    "service_factor",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="1.645: no stock-out in 95 % of the lead times; 2.326: in 99 %.",
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(4),
                        ],
                        verbose_name="service factor z",
                    ),
                ),
                (
                    "safety_days",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        help_text="Instead of the service factor: so many days of average sales.",
                        max_digits=5,
                        null=True,
                        verbose_name="safety stock in days",
                    ),
                ),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: the supplier's.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(365)],
                        verbose_name="lead time in days",
                    ),
                ),
                (
                    "review_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(365)],
                        verbose_name="days between orders",
                    ),
                ),
                (
                    "dead_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="dead after days without a sale",
                    ),
                ),
                (
                    "aged_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="aged after days",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="And all below it. Neither: all goods.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inventory.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inventory.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the whole chain.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock rule",
                "verbose_name_plural": "stock rules",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "product", "category"),
                        name="stock_rule_one_per_place_and_goods",
                        nulls_distinct=False,
                        violation_error_message="There is a rule for this store and these goods.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("product__isnull", True), ("category__isnull", True), _connector="OR"
                        ),
                        name="stock_rule_product_or_category",
                        violation_error_message="Give a product or a category, not both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("minimum__isnull", True), ("minimum__gte", 0), _connector="OR"
                            ),
                            models.Q(
                                ("maximum__isnull", True), ("maximum__gt", 0), _connector="OR"
                            ),
                            models.Q(
                                ("safety_days__isnull", True),
                                ("safety_days__gte", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("service_factor__isnull", True),
                                ("service_factor__gte", 0),
                                _connector="OR",
                            ),
                        ),
                        name="stock_rule_not_negative",
                        violation_error_message="No figure of a rule is negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum__isnull", True),
                            ("maximum__isnull", True),
                            ("maximum__gte", models.F("minimum")),
                            _connector="OR",
                        ),
                        name="stock_rule_maximum_above_minimum",
                        violation_error_message="The maximum is below the minimum.",
                    ),
                ],
            },
        ),
        run_sql(SQL / "supply.v1.sql", down=SQL / "supply.v1.down.sql"),
        run_sql(SQL / "stock_days.v1.sql", down=SQL / "stock_days.v1.down.sql"),
        run_sql(SQL / "stock_needs.v1.sql", down=SQL / "stock_needs.v1.down.sql"),
        run_sql(SQL / "stock_alerts.v1.sql", down=SQL / "stock_alerts.v1.down.sql"),
        run_sql(SQL / "proposals.v1.sql", down=SQL / "proposals.v1.down.sql"),
        guard_states(
            "inventory_stockalert",
            initial="open",
            terminal=["resolved"],
            steps=[
                "open>acknowledge>acknowledged",
                "snoozed>acknowledge>acknowledged",
                "open>snooze>snoozed",
                "acknowledged>snooze>snoozed",
                "snoozed>wake>open",
                "open>resolve>resolved",
                "acknowledged>resolve>resolved",
                "snoozed>resolve>resolved",
            ],
        ),
        keep_history("inventory_stockrule"),
        keep_history("inventory_replenishmentproposal", verbs=["UPDATE"]),
    ]
