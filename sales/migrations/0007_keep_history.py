from django.db import migrations

from epm.platform.migrations_sql import keep_history


class Migration(migrations.Migration):
    """Note who changes what of ours."""

    dependencies = [("sales", "0006_bare_month"), ("platform", "0004_change_history")]
    operations = [
        keep_history("sales_taxclass"),
        keep_history("sales_taxrate", part_of="tax_class_id"),
        keep_history("sales_cashregister"),
        keep_history("sales_customer"),
        keep_history("sales_storetarget"),
    ]
