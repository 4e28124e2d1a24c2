from django.db import migrations

TABLES = ("imports_importrun", "imports_quarantinedrow")


class Migration(migrations.Migration):
    """The overview tells of imports: a change to them gives the data another version."""

    dependencies = [
        ("reporting", "0005_watch_closures"),
        ("imports", "0004_staging_schema"),
    ]
    operations = [
        migrations.RunSQL(
            f"SELECT reporting_watch_table('{table}')",
            f"DROP TRIGGER reporting_marks_data_change ON {table}",
        )
        for table in TABLES
    ]
