from django.db import migrations

from epm.platform.migrations_sql import keep_history


class Migration(migrations.Migration):
    """Note who changes what of ours."""

    dependencies = [("access", "0003_sessions_end"), ("platform", "0004_change_history")]
    operations = [
        keep_history("access_user", left_out=["password", "last_login"]),
        keep_history("access_storescope", part_of="user_id"),
        keep_history("access_apikey", left_out=["key_hash", "last_used_on"]),
        keep_history("access_apikey_stores", part_of="apikey_id"),
    ]
