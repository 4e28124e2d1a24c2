from django.db import migrations

TABLES = ("sales_storefootfall", "sales_storelabour")


class Migration(migrations.Migration):
    """Figures rest on visitors and hours: a change to them gives the data another version."""

    dependencies = [
        ("reporting", "0013_stock_version"),
        ("sales", "0013_footfall_labour"),
    ]
    operations = [
        migrations.RunSQL(
            f"SELECT reporting_watch_table('{table}')",
            f"DROP TRIGGER reporting_marks_data_change ON {table}",
        )
        for table in TABLES
    ]
