from pathlib import Path

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from epm.platform.migrations_sql import keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Price lists, what they said when, and prices edited in bulk."""

    dependencies = [
        ("inventory", "0006_barcodes"),
        ("organization", "0003_keep_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceList",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("regular", "Regular prices"),
                            ("promotion", "Promotion (reduced prices)"),
                        ],
                        default="regular",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        default="EUR",
                        help_text="The list holds only where this is the store's currency.",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{3}$", "Three capital letters, e.g. EUR."
                            )
                        ],
                        verbose_name="currency",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="first day")),
                (
                    "ends_on",
                    models.DateField(
                        blank=True,
                        help_text="Empty: until further notice.",
                        null=True,
                        verbose_name="last day",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="No price holds by a list that is not active.",
                        verbose_name="active",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for the whole chain.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "price list",
                "verbose_name_plural": "price lists",
            },
        ),
        migrations.CreateModel(
            name="PriceEdit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.UUIDField(
                        help_text="One form is applied once.", unique=True, verbose_name="key"
                    ),
                ),
                ("formula", models.JSONField(default=dict, verbose_name="formula")),
                ("changed", models.PositiveIntegerField(verbose_name="changed prices")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="inventory.priceedit",
                        verbose_name="undoes",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        help_text="Empty for the sale prices of the chain.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.pricelist",
                        verbose_name="price list",
                    ),
                ),
            ],
            options={
                "verbose_name": "price edit",
                "verbose_name_plural": "price edits",
            },
        ),
        migrations.CreateModel(
            name="ListedPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        decimal_places=6, max_digits=18, verbose_name="price incl. tax"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("regular", "Regular prices"),
                            ("promotion", "Promotion (reduced prices)"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(null=True, verbose_name="last day")),
                ("is_active", models.BooleanField(verbose_name="active")),
                ("known_from", models.DateTimeField(verbose_name="known from")),
                ("known_until", models.DateTimeField(null=True, verbose_name="known until")),
                ("changed_in", models.BigIntegerField(db_default=0, default=0, editable=False)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.pricelist",
                        verbose_name="price list",
                    ),
                ),
            ],
            options={
                "verbose_name": "listed price",
                "verbose_name_plural": "listed prices",
            },
        ),
        migrations.CreateModel(
            name="PriceListItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price incl. tax",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="inventory.pricelist",
                        verbose_name="price list",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="list_prices",
                        to="inventory.product",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "price of a list",
                "verbose_name_plural": "prices of a list",
            },
        ),
        migrations.CreateModel(
            name="PriceEditRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "old",
                    models.DecimalField(
                        decimal_places=6, max_digits=18, null=True, verbose_name="before"
                    ),
                ),
                (
                    "new",
                    models.DecimalField(
                        decimal_places=6, max_digits=18, null=True, verbose_name="after"
                    ),
                ),
                (
                    "edit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="inventory.priceedit",
                        verbose_name="price edit",
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
                "verbose_name": "edited price",
                "verbose_name_plural": "edited prices",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("edit", "product"), name="price_edit_row_once_per_product"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("old", models.F("new")), _negated=True),
                            ("old__isnull", True),
                            ("new__isnull", True),
                            _connector="OR",
                        ),
                        name="price_edit_row_changes_something",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("code"), name="price_list_code_unique_ci"
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="price_list_code_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["regular", "promotion"])),
                name="price_list_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                name="price_list_currency_iso_4217",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="price_list_ends_after_start",
            ),
        ),
        migrations.AddIndex(
            model_name="priceedit",
            index=models.Index(fields=["-made_at", "-id"], name="price_edit_latest_idx"),
        ),
        migrations.AddConstraint(
            model_name="priceedit",
            constraint=models.CheckConstraint(
                condition=models.Q(("changed__gt", 0)), name="price_edit_changes_something"
            ),
        ),
        migrations.AddIndex(
            model_name="listedprice",
            index=models.Index(fields=["product", "known_from"], name="listed_price_history_idx"),
        ),
        migrations.AddConstraint(
            model_name="listedprice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("known_until__isnull", True)),
                fields=("price_list", "product"),
                name="listed_price_one_is_current",
            ),
        ),
        migrations.AddConstraint(
            model_name="listedprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("known_until__isnull", True),
                    ("known_until__gte", models.F("known_from")),
                    _connector="OR",
                ),
                name="listed_price_known_forwards",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelistitem",
            constraint=models.UniqueConstraint(
                fields=("price_list", "product"), name="price_list_item_once_per_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="pricelistitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0)), name="price_list_item_price_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="listedprice",
            index=models.Index(fields=["changed_in"], name="listed_price_changed_idx"),
        ),
        run_sql(SQL / "price_history.v2.sql", down=SQL / "price_history.v2.down.sql"),
        run_sql(SQL / "listed_prices.v1.sql", down=SQL / "listed_prices.v1.down.sql"),
        keep_history("inventory_pricelist"),
        keep_history("inventory_pricelistitem", part_of="price_list_id"),
    ]
