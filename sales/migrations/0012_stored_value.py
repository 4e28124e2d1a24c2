from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

from epm.platform.migrations_sql import keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Gift cards and store credit: accounts, and the ledger that their balances follow."""

    dependencies = [
        ("organization", "0003_keep_history"),
        ("sales", "0011_tax_regimes"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredValue",
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
                        choices=[("gift_card", "Gift card"), ("store_credit", "Store credit")],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("code", models.CharField(max_length=16, verbose_name="code")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                (
                    "expires_on",
                    models.DateField(blank=True, null=True, verbose_name="usable until"),
                ),
                ("is_blocked", models.BooleanField(default=False, verbose_name="blocked")),
                (
                    "balance",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        editable=False,
                        max_digits=16,
                        verbose_name="balance",
                    ),
                ),
                (
                    "position",
                    models.BigIntegerField(default=0, editable=False, verbose_name="entries"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="issued by",
                    ),
                ),
            ],
            options={
                "verbose_name": "gift card or store credit",
                "verbose_name_plural": "gift cards and store credit",
            },
        ),
        migrations.CreateModel(
            name="StoredValueEntry",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField(editable=False, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("issue", "Issue"),
                            ("load", "Load"),
                            ("redeem", "Redemption"),
                            ("refund", "Refund"),
                            ("expire", "Expiry"),
                            ("adjust", "Adjustment"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=3, max_digits=16, verbose_name="amount"),
                ),
                (
                    "balance",
                    models.DecimalField(
                        decimal_places=3, max_digits=16, verbose_name="balance after"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("occurred_at", models.DateTimeField(verbose_name="happened at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="recorded at",
                    ),
                ),
                ("business_date", models.DateField(verbose_name="business date")),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                ("door", models.CharField(blank=True, max_length=32, verbose_name="door")),
                ("posting", models.UUIDField(verbose_name="posting")),
                ("line_no", models.IntegerField(default=1, verbose_name="line")),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="sales.storedvalue",
                        verbose_name="account",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
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
                "verbose_name": "entry of stored value",
                "verbose_name_plural": "entries of stored value",
            },
        ),
        migrations.AddIndex(
            model_name="storedvalue",
            index=models.Index(fields=["store", "-id"], name="stored_value_store_idx"),
        ),
        migrations.AddIndex(
            model_name="storedvalue",
            index=models.Index(
                django.db.models.functions.text.Right("code", 4),
                name="stored_value_last_digits_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="storedvalue",
            index=models.Index(
                condition=models.Q(("balance__gt", 0), ("expires_on__isnull", False)),
                fields=["expires_on"],
                name="stored_value_expiring_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalue",
            constraint=models.UniqueConstraint(fields=("code",), name="stored_value_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="storedvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["gift_card", "store_credit"])),
                name="stored_value_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[0-9]{16}$")),
                name="stored_value_code_of_16_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance__gte", 0)), name="stored_value_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="storedvalueentry",
            index=models.Index(
                condition=models.Q(("sale__isnull", False)),
                fields=["sale"],
                name="stored_value_entry_sale_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="storedvalueentry",
            index=models.Index(
                fields=["store", "business_date"], name="stored_value_entry_day_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalueentry",
            constraint=models.UniqueConstraint(
                fields=("account", "position"), name="stored_value_entry_one_per_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalueentry",
            constraint=models.UniqueConstraint(
                fields=("posting", "line_no"), name="stored_value_entry_once_per_posting"
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["issue", "load", "redeem", "refund", "expire", "adjust"])
                ),
                name="stored_value_entry_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("issue", "load", "refund")), ("amount__gt", 0)),
                    models.Q(("kind__in", ("redeem", "expire")), ("amount__lt", 0)),
                    models.Q(("kind", "adjust"), models.Q(("amount", 0), _negated=True)),
                    _connector="OR",
                ),
                name="stored_value_entry_sign_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "issue"), ("position", 1)),
                    models.Q(models.Q(("kind", "issue"), _negated=True), ("position__gt", 1)),
                    _connector="OR",
                ),
                name="stored_value_entry_issued_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "adjust"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="stored_value_entry_adjusts_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedvalueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor", ""), _negated=True),
                name="stored_value_entry_has_an_actor",
            ),
        ),
        run_sql(SQL / "stored_value.v1.sql", down=SQL / "stored_value.v1.down.sql"),
        # What an entry changes the entry tells; a code is told to nobody.
        keep_history(
            "sales_storedvalue",
            left_out=("~code", "balance", "position"),
            when="pg_trigger_depth() = 0",
        ),
    ]
