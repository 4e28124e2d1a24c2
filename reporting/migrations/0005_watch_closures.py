from django.db import migrations


class Migration(migrations.Migration):
    """Like-for-like depends on closures: a change to them gives the data another version."""

    dependencies = [
        ("reporting", "0004_data_version"),
        ("organization", "0002_store_closure"),
    ]
    operations = [
        migrations.RunSQL(
            "SELECT reporting_watch_table('organization_storeclosure')",
            "DROP TRIGGER reporting_marks_data_change ON organization_storeclosure",
        )
    ]
