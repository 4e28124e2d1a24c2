from django.db import migrations

from epm.platform.migrations_sql import keep_history


class Migration(migrations.Migration):
    """Note who changes what of ours."""

    dependencies = [("organization", "0002_store_closure"), ("platform", "0004_change_history")]
    operations = [
        keep_history("organization_region"),
        keep_history("organization_store"),
        keep_history("organization_storeclosure", part_of="store_id"),
    ]
