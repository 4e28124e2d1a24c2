from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Create the partitioned `sales_saleline`; Django is told its shape, SQL makes it."""

    dependencies = [
        ("platform", "0001_ids_and_money"),
        ("sales", "0001_initial"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                run_sql(SQL / "sale_line.v1.sql", down=SQL / "sale_line.v1.down.sql")
            ],
            state_operations=[
                migrations.CreateModel(
                    name="SaleLine",
                    fields=[
                        (
                            "id",
                            models.UUIDField(editable=False, primary_key=True, serialize=False),
                        ),
                        ("line_no", models.PositiveIntegerField(verbose_name="line")),
                        ("sold_at", models.DateTimeField(verbose_name="sold at")),
                        (
                            "business_date",
                            models.DateField(verbose_name="business date"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("item", "Item"), ("fee", "Fee")],
                                default="item",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "is_piece",
                            models.BooleanField(default=True, verbose_name="counted in pieces"),
                        ),
                        (
                            "is_correction",
                            models.BooleanField(default=False, verbose_name="correction"),
                        ),
                        (
                            "quantity",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, verbose_name="quantity"
                            ),
                        ),
                        (
                            "unit_price",
                            models.DecimalField(
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="unit price incl. tax",
                            ),
                        ),
                        (
                            "gross_ttc",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=16,
                                verbose_name="gross incl. tax",
                            ),
                        ),
                        (
                            "discount_shelf",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                max_digits=16,
                                verbose_name="shelf discount",
                            ),
                        ),
                        (
                            "discount_loyalty",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                max_digits=16,
                                verbose_name="loyalty discount",
                            ),
                        ),
                        (
                            "discount_coupon",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                max_digits=16,
                                verbose_name="store coupon",
                            ),
                        ),
                        (
                            "net_ttc",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=16,
                                verbose_name="net incl. tax",
                            ),
                        ),
                        (
                            "net_ht",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=16,
                                verbose_name="net excl. tax",
                            ),
                        ),
                        (
                            "vat",
                            models.DecimalField(
                                decimal_places=3, max_digits=16, verbose_name="VAT"
                            ),
                        ),
                        (
                            "tax_rate",
                            models.DecimalField(
                                decimal_places=6, max_digits=7, verbose_name="VAT rate"
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
                            "category",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.category",
                                verbose_name="category",
                            ),
                        ),
                        (
                            "origin_line",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="sales.saleline",
                                verbose_name="returns",
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
                            "sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="sales.sale",
                                verbose_name="sale",
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
                        "verbose_name": "sale line",
                        "verbose_name_plural": "sale lines",
                        "db_table": "sales_saleline",
                    },
                ),
            ],
        ),
    ]
