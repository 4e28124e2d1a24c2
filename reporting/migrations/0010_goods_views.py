from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Rank products and sum categories by month in materialized views."""

    dependencies = [
        ("reporting", "0009_goods_definitions"),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthlyCategoryRevenue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id",
                        "month",
                        "category_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField()),
                ("category_id", models.BigIntegerField(help_text="0: goods in no category.")),
                ("net_sales_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("net_sales_ttc", models.DecimalField(decimal_places=3, max_digits=18)),
                ("units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("margin_ht", models.DecimalField(decimal_places=9, max_digits=30, null=True)),
                ("transactions", models.IntegerField()),
            ],
            options={
                "db_table": "mv_ca_categorie_mensuel",
                "abstract": False,
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="MonthlyProductRank",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id",
                        "month",
                        "currency",
                        "product_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("store_id", models.BigIntegerField()),
                ("month", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("net_sales_ht", models.DecimalField(decimal_places=3, max_digits=18)),
                ("units", models.DecimalField(decimal_places=3, max_digits=18)),
                ("margin_ht", models.DecimalField(decimal_places=9, max_digits=30, null=True)),
                ("by_sales", models.BigIntegerField()),
                ("by_units", models.BigIntegerField()),
                ("by_margin", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "mv_classement_produits_mensuel",
                "abstract": False,
                "managed": False,
            },
        ),
        *(
            run_sql(SQL / f"{name}.v1.sql", down=f"DROP MATERIALIZED VIEW {name}")
            for name in ("mv_classement_produits_mensuel", "mv_ca_categorie_mensuel")
        ),
    ]
