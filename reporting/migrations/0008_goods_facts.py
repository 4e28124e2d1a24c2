import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Keep what each store's month sold, by product and by category."""

    dependencies = [
        ("inventory", "0002_price_history"),
        ("organization", "0001_initial"),
        ("reporting", "0007_saved_views"),
    ]

    operations = [
        migrations.CreateModel(
            name="GoodsTree",
            fields=[
                ("category_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("parent_id", models.BigIntegerField(db_index=True, null=True)),
            ],
            options={
                "db_table": "reporting_goodstree",
            },
        ),
        migrations.CreateModel(
            name="GoodsMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField(db_index=True)),
                ("through", models.DateField()),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organization.store",
                    ),
                ),
            ],
            options={
                "db_table": "reporting_goodsmonth",
            },
        ),
        migrations.CreateModel(
            name="StoreDayCategory",
            fields=[
                ("transactions", models.IntegerField()),
                ("piece_transactions", models.IntegerField()),
                ("covered_lines", models.IntegerField()),
                ("net_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("returned_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("shelf_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("loyalty_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("coupon_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("net_ttc", models.DecimalField(decimal_places=3, max_digits=18)),
                ("units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("returned_units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("loose_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("covered_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("cost", models.DecimalField(decimal_places=9, max_digits=30)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id",
                        "day",
                        "category_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("category_id", models.BigIntegerField()),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organization.store",
                    ),
                ),
            ],
            options={
                "db_table": "reporting_storedaycategory",
            },
        ),
        migrations.CreateModel(
            name="StoreMonthCategory",
            fields=[
                ("transactions", models.IntegerField()),
                ("piece_transactions", models.IntegerField()),
                ("covered_lines", models.IntegerField()),
                ("net_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("returned_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("shelf_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("loyalty_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("coupon_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("net_ttc", models.DecimalField(decimal_places=3, max_digits=18)),
                ("units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("returned_units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("loose_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("covered_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("cost", models.DecimalField(decimal_places=9, max_digits=30)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id",
                        "month",
                        "category_id",
                        "whole",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField()),
                ("category_id", models.BigIntegerField()),
                ("whole", models.BooleanField()),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organization.store",
                    ),
                ),
            ],
            options={
                "db_table": "reporting_storemonthcategory",
            },
        ),
        migrations.CreateModel(
            name="StoreMonthProduct",
            fields=[
                ("transactions", models.IntegerField()),
                ("piece_transactions", models.IntegerField()),
                ("covered_lines", models.IntegerField()),
                ("net_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("returned_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("shelf_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("loyalty_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("coupon_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("net_ttc", models.DecimalField(decimal_places=3, max_digits=18)),
                ("units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("returned_units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("loose_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("covered_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("cost", models.DecimalField(decimal_places=9, max_digits=30)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id",
                        "month",
                        "product_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField()),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inventory.product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organization.store",
                    ),
                ),
            ],
            options={
                "db_table": "reporting_storemonthproduct",
            },
        ),
    ]
