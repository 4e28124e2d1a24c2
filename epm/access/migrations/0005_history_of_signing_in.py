from django.db import migrations

from epm.platform.migrations_sql import keep_history, keep_no_history


class Migration(migrations.Migration):
    """Note that a password changed, second factors that come and go, sessions a person ended."""

    dependencies = [
        ("access", "0004_keep_history"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("platform", "0006_withheld_changes"),
        ("usersessions", "0001_initial"),
    ]
    operations = [
        keep_no_history("access_user", left_out=["password", "last_login"]),
        keep_history("access_user", left_out=["~password", "last_login"]),
        keep_history("mfa_authenticator", part_of="user_id", left_out=["data", "last_used_at"]),
        # Not every signing out, nor those whose time is up: what somebody ended on purpose.
        keep_history(
            "usersessions_usersession",
            part_of="user_id",
            left_out=["session_key", "ip", "user_agent", "data", "last_seen_at"],
            verbs=["DELETE"],
            when="coalesce(current_setting('epm.actor', true), '') <> ''",
        ),
    ]
