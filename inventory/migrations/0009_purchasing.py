from pathlib import Path

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.math
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from epm.platform.migrations_sql import guard_states, keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Suppliers, what is ordered from them and what they deliver."""

    dependencies = [
        ("inventory", "0008_transfers"),
        ("organization", "0003_keep_history"),
        ("platform", "0009_state_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("regional", "Regional manager"), ("manager", "Store manager")],
                        max_length=16,
                        verbose_name="role",
                    ),
                ),
                (
                    "currency",
                    models.CharField(default="EUR", max_length=3, verbose_name="currency"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=3, max_digits=16, verbose_name="up to, excl. tax"
                    ),
                ),
            ],
            options={
                "verbose_name": "approval limit",
                "verbose_name_plural": "approval limits",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("role", "currency"), name="approval_limit_one_per_role_and_currency"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["regional", "manager"])),
                        name="approval_limit_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                        name="approval_limit_currency_iso_4217",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)),
                        name="approval_limit_amount_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PurchaseOrder",
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
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("ordered", "Ordered"),
                            ("partially_received", "Partially received"),
                            ("received", "Received"),
                            ("over_received", "Over-received"),
                            ("closed", "Closed"),
                            ("cancelled", "Cancelled"),
                            ("on_hold", "On hold"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=24,
                        verbose_name="state",
                    ),
                ),
                (
                    "version",
                    models.BigIntegerField(default=0, editable=False, verbose_name="version"),
                ),
                (
                    "currency",
                    models.CharField(editable=False, max_length=3, verbose_name="currency"),
                ),
                (
                    "stock_currency",
                    models.CharField(editable=False, max_length=3, verbose_name="store's currency"),
                ),
                (
                    "exchange_rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="The store's currency for one of the supplier's, if different.",
                        max_digits=18,
                        null=True,
                        verbose_name="exchange rate",
                    ),
                ),
                (
                    "expected_on",
                    models.DateField(
                        blank=True,
                        help_text="Empty: worked out from the lead times when it is ordered.",
                        null=True,
                        verbose_name="expected on",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("created_at", models.DateTimeField(editable=False, verbose_name="created at")),
                (
                    "created_by",
                    models.CharField(editable=False, max_length=150, verbose_name="created by"),
                ),
                (
                    "submitted_by",
                    models.CharField(
                        blank=True, editable=False, max_length=150, verbose_name="submitted by"
                    ),
                ),
                (
                    "approved_by",
                    models.CharField(
                        blank=True, editable=False, max_length=150, verbose_name="approved by"
                    ),
                ),
                (
                    "ordered_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="ordered at"),
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
                "verbose_name": "purchase order",
                "verbose_name_plural": "purchase orders",
            },
        ),
        migrations.CreateModel(
            name="PurchaseOrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "supplier_sku",
                    models.CharField(blank=True, max_length=64, verbose_name="supplier's SKU"),
                ),
                (
                    "pack_size",
                    models.DecimalField(
                        decimal_places=3, default=1, max_digits=12, verbose_name="pack"
                    ),
                ),
                (
                    "ordered",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="ordered"),
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
                    "received",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="received"
                    ),
                ),
                (
                    "cancelled",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="cancelled"
                    ),
                ),
                (
                    "incoming",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Greatest(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("ordered"), "-", models.F("received")
                                ),
                                "-",
                                models.F("cancelled"),
                            ),
                            0,
                        ),
                        output_field=models.DecimalField(
                            decimal_places=3, max_digits=12, verbose_name="incoming"
                        ),
                    ),
                ),
                (
                    "surplus",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Greatest(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("received"), "+", models.F("cancelled")
                                ),
                                "-",
                                models.F("ordered"),
                            ),
                            0,
                        ),
                        output_field=models.DecimalField(
                            decimal_places=3, max_digits=12, verbose_name="surplus"
                        ),
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="inventory.purchaseorder",
                        verbose_name="purchase order",
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
                "verbose_name": "line of a purchase order",
                "verbose_name_plural": "lines of a purchase order",
            },
        ),
        migrations.CreateModel(
            name="PurchaseReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(unique=True, verbose_name="key")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("received_by", models.CharField(max_length=150, verbose_name="received by")),
                (
                    "delivery_note",
                    models.CharField(blank=True, max_length=64, verbose_name="delivery note"),
                ),
                (
                    "freight",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=16, verbose_name="freight excl. tax"
                    ),
                ),
                (
                    "duty",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=16, verbose_name="duty"
                    ),
                ),
                (
                    "split_by",
                    models.CharField(
                        choices=[
                            ("value", "Value"),
                            ("quantity", "Quantity"),
                            ("weight", "Weight"),
                        ],
                        default="value",
                        max_length=8,
                        verbose_name="shared by",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="inventory.purchaseorder",
                        verbose_name="purchase order",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.CreateModel(
            name="PurchaseReceiptLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "accepted",
                    models.DecimalField(decimal_places=3, max_digits=12, verbose_name="accepted"),
                ),
                (
                    "rejected",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=12, verbose_name="rejected"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("damaged", "Damaged"),
                            ("expired", "Expired"),
                            ("wrong", "Wrong goods"),
                            ("too_many", "Too many"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                (
                    "weight_kg",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=12,
                        null=True,
                        verbose_name="weight (kg)",
                    ),
                ),
                (
                    "charges",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=16, verbose_name="freight and duty"
                    ),
                ),
                (
                    "unit_cost",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=18,
                        null=True,
                        verbose_name="landed unit cost excl. tax",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="inventory.purchaseorderline",
                        verbose_name="line of a purchase order",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="inventory.purchasereceipt",
                        verbose_name="delivery",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a delivery",
                "verbose_name_plural": "lines of a delivery",
            },
        ),
        migrations.CreateModel(
            name="Supplier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=64, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "currency",
                    models.CharField(
                        default="EUR",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{3}$", "Three capital letters, e.g. EUR."
                            )
                        ],
                        verbose_name="currency",
                    ),
                ),
                (
                    "lead_time_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="From the order to the delivery. Empty when unknown.",
                        null=True,
                        verbose_name="lead time (days)",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "supplier",
                "verbose_name_plural": "suppliers",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("code"),
                        name="supplier_code_unique_ci",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True),
                        name="supplier_code_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                        name="supplier_currency_iso_4217",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="purchaseorder",
            name="supplier",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="inventory.supplier",
                verbose_name="supplier",
            ),
        ),
        migrations.CreateModel(
            name="SupplierProduct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "supplier_sku",
                    models.CharField(blank=True, max_length=64, verbose_name="supplier's SKU"),
                ),
                (
                    "pack_size",
                    models.DecimalField(
                        decimal_places=3,
                        default=1,
                        help_text="Only multiples of it can be ordered.",
                        max_digits=12,
                        verbose_name="pack",
                    ),
                ),
                (
                    "minimum_quantity",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        help_text="The least that can be ordered at once.",
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="minimum quantity",
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="In the supplier's currency. Empty when unknown.",
                        max_digits=18,
                        null=True,
                        verbose_name="unit price excl. tax",
                    ),
                ),
                (
                    "lead_time_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: the supplier's own.",
                        null=True,
                        verbose_name="lead time (days)",
                    ),
                ),
                (
                    "is_preferred",
                    models.BooleanField(
                        default=False,
                        help_text="Where this product is bought unless somebody says otherwise.",
                        verbose_name="preferred",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suppliers",
                        to="inventory.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="products",
                        to="inventory.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "supplier's product",
                "verbose_name_plural": "supplier's products",
            },
        ),
        migrations.CreateModel(
            name="PriceBreak",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "from_quantity",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="from quantity"
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        decimal_places=6, max_digits=18, verbose_name="unit price excl. tax"
                    ),
                ),
                (
                    "supplied",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_breaks",
                        to="inventory.supplierproduct",
                        verbose_name="supplier's product",
                    ),
                ),
            ],
            options={
                "verbose_name": "price break",
                "verbose_name_plural": "price breaks",
            },
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.UniqueConstraint(
                fields=("order", "product"), name="purchase_order_line_one_per_product"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("ordered__gt", 0), ("pack_size__gt", 0)),
                name="purchase_order_line_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    django.db.models.functions.math.Mod(models.F("ordered"), models.F("pack_size")),
                    0,
                ),
                name="purchase_order_line_whole_packs",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("cancelled__gte", 0), ("received__gte", 0)),
                name="purchase_order_line_received_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cancelled", 0),
                    (
                        "ordered__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("received"), "+", models.F("cancelled")
                        ),
                    ),
                    _connector="OR",
                ),
                name="purchase_order_line_cancels_only_what_is_to_come",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unit_cost__isnull", True), ("unit_cost__gte", 0), _connector="OR"
                ),
                name="purchase_order_line_cost_not_negative",
            ),
        ),
        migrations.AddIndex(
            model_name="purchasereceipt",
            index=models.Index(fields=["-received_at", "-id"], name="purchase_receipt_latest_idx"),
        ),
        migrations.AddConstraint(
            model_name="purchasereceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("duty__gte", 0), ("freight__gte", 0)),
                name="purchase_receipt_charges_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasereceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("split_by__in", ["value", "quantity", "weight"])),
                name="purchase_receipt_split_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasereceiptline",
            constraint=models.UniqueConstraint(
                fields=("receipt", "line"), name="purchase_receipt_line_once_per_receipt"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasereceiptline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted__gte", 0),
                    ("rejected__gte", 0),
                    models.Q(("accepted__gt", 0), ("rejected__gt", 0), _connector="OR"),
                ),
                name="purchase_receipt_line_delivers_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasereceiptline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), ("rejected", 0)),
                    models.Q(
                        ("reason__in", ["damaged", "expired", "wrong", "too_many", "other"]),
                        ("rejected__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="purchase_receipt_line_rejects_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasereceiptline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("weight_kg__isnull", True), ("weight_kg__gt", 0), _connector="OR"),
                    ("charges__gte", 0),
                ),
                name="purchase_receipt_line_amounts_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="purchaseorder",
            index=models.Index(fields=["store", "id"], name="purchase_order_store_idx"),
        ),
        migrations.AddIndex(
            model_name="purchaseorder",
            index=models.Index(
                condition=models.Q(
                    ("ordered_at__isnull", False),
                    ("state__in", ["ordered", "partially_received", "on_hold"]),
                ),
                fields=["store"],
                name="purchase_order_incoming_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="purchaseorder",
            index=models.Index(fields=["supplier", "expected_on"], name="purchase_order_due_idx"),
        ),
        migrations.AddConstraint(
            model_name="purchaseorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "draft",
                            "submitted",
                            "approved",
                            "ordered",
                            "partially_received",
                            "received",
                            "over_received",
                            "closed",
                            "cancelled",
                            "on_hold",
                        ],
                    )
                ),
                name="purchase_order_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("currency", models.F("stock_currency")), ("exchange_rate__isnull", True)
                    ),
                    models.Q(
                        models.Q(("currency", models.F("stock_currency")), _negated=True),
                        models.Q(
                            models.Q(("exchange_rate__gt", 0), ("exchange_rate__lt", 1000000)),
                            models.Q(
                                ("exchange_rate__isnull", True),
                                ("state__in", ["draft", "cancelled"]),
                            ),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="purchase_order_rate_where_currencies_differ",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ordered_at__isnull", False),
                    models.Q(
                        (
                            "state__in",
                            [
                                "ordered",
                                "partially_received",
                                "received",
                                "over_received",
                                "closed",
                            ],
                        ),
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="purchase_order_knows_when_it_was_ordered",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierproduct",
            constraint=models.UniqueConstraint(
                fields=("supplier", "product"), name="supplier_product_once_per_supplier"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierproduct",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_preferred", True)),
                fields=("product",),
                name="supplier_product_one_preferred",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierproduct",
            constraint=models.CheckConstraint(
                condition=models.Q(("pack_size__gt", 0)), name="supplier_product_pack_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierproduct",
            constraint=models.CheckConstraint(
                condition=models.Q(("minimum_quantity__gte", 0)),
                name="supplier_product_minimum_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierproduct",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__isnull", True), ("price__gte", 0), _connector="OR"),
                name="supplier_product_price_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricebreak",
            constraint=models.UniqueConstraint(
                fields=("supplied", "from_quantity"), name="price_break_once_per_quantity"
            ),
        ),
        migrations.AddConstraint(
            model_name="pricebreak",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_quantity__gt", 0), ("price__gte", 0)),
                name="price_break_positive",
            ),
        ),
        run_sql(SQL / "purchasing.v1.sql", down=SQL / "purchasing.v1.down.sql"),
        guard_states(
            "inventory_purchaseorder",
            initial="draft",
            terminal=["closed", "cancelled"],
            steps=[
                "draft>submit>submitted",
                "submitted>approve>approved",
                "submitted>send_back>draft",
                "approved>send_back>draft",
                "approved>order>ordered",
                "ordered>receive>ordered",
                "ordered>receive>partially_received",
                "ordered>receive>received",
                "ordered>receive>over_received",
                "partially_received>receive>partially_received",
                "partially_received>receive>received",
                "partially_received>receive>over_received",
                "received>receive>received",
                "received>receive>over_received",
                "over_received>receive>over_received",
                "partially_received>close_short>closed",
                "received>close>closed",
                "over_received>close>closed",
                "draft>cancel>cancelled",
                "submitted>cancel>cancelled",
                "approved>cancel>cancelled",
                "ordered>cancel>cancelled",
                "submitted>hold>on_hold",
                "approved>hold>on_hold",
                "ordered>hold>on_hold",
                "partially_received>hold>on_hold",
                "on_hold>resume>submitted",
                "on_hold>resume>approved",
                "on_hold>resume>ordered",
                "on_hold>resume>partially_received",
            ],
        ),
        keep_history("inventory_supplier"),
        keep_history("inventory_supplierproduct", part_of="supplier_id"),
        keep_history("inventory_pricebreak"),
        keep_history("inventory_purchaseorder"),
        keep_history("inventory_purchaseorderline", part_of="order_id"),
        keep_history("inventory_approvallimit"),
    ]
