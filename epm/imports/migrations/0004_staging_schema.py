from django.db import migrations


class Migration(migrations.Migration):
    """Where imports keep what they have read, until it is applied."""

    dependencies = [("imports", "0003_parse_functions")]
    operations = [
        migrations.RunSQL(
            "CREATE SCHEMA IF NOT EXISTS import_staging", "DROP SCHEMA import_staging CASCADE"
        )
    ]
