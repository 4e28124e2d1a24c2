from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"
COLUMNS = [
    ("storeday", "manual_ht"),
    ("storeday", "manual_ttc"),
    ("storemonthproduct", "manual_ht"),
    ("storemonthcategory", "manual_ht"),
    ("storedaycategory", "manual_ht"),
]


def definitions(version):
    """The functions that read `reporting_line` go before it and come back after it."""
    down = ["open_lines.v1.down", "line.v1.down", "goods.v1.down"]
    up = [f"line.v{version}", "open_lines.v1", f"store_days.v{version}", f"goods.v{version}"]
    texts = [(SQL / f"{name}.sql").read_text(encoding="utf-8") for name in (*down, *up)]
    return ["DROP FUNCTION reporting_store_days(bigint[], date[])", *texts]


class Migration(migrations.Migration):
    """Discounts given at the till have sums of their own.

    No fact is rebuilt: before tills, no line of the ledger had such a discount, and 0 is what a
    rebuild would write.
    """

    dependencies = [("reporting", "0014_watch_staffing"), ("sales", "0010_tills")]

    operations = [
        *(
            migrations.AddField(
                model,
                name,
                models.DecimalField(db_default=0, decimal_places=3, max_digits=18),
            )
            for model, name in COLUMNS
        ),
        migrations.RunSQL(sql=definitions(2), reverse_sql=definitions(1)),
    ]
