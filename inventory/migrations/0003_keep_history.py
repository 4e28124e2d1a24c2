from django.db import migrations

from epm.platform.migrations_sql import keep_history


class Migration(migrations.Migration):
    """Note who changes what of ours."""

    dependencies = [("inventory", "0002_price_history"), ("platform", "0004_change_history")]
    operations = [
        keep_history("inventory_category"),
        keep_history("inventory_product"),
        keep_history("inventory_barcode", part_of="product_id"),
    ]
