import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find products by a part of their names, however many there are."""

    atomic = False

    dependencies = [
        ("platform", "0005_trigrams"),
        ("inventory", "0003_keep_history"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("sku"), "gin_trgm_ops"
                ),
                name="product_sku_trigram_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), "gin_trgm_ops"
                ),
                name="product_name_trigram_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=models.Q(("is_placeholder", True)),
                fields=["id"],
                name="product_placeholder_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=models.Q(("is_active", True), ("purchase_price__isnull", True)),
                fields=["id"],
                name="product_without_cost_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=models.Q(("is_active", True), ("sale_price__isnull", True)),
                fields=["id"],
                name="product_without_price_idx",
            ),
        ),
    ]
