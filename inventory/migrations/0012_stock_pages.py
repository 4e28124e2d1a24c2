"""What the pages of the stock are found and sorted by."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("inventory", "0011_alerts")]

    operations = [
        migrations.AddIndex(
            model_name="stocklevel",
            index=models.Index(
                condition=Q(shortfall__gt=0),
                fields=["store", "product"],
                name="stock_level_short_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="stocklevel",
            index=models.Index(
                condition=Q(unavailable__gt=0),
                fields=["store", "product"],
                name="stock_level_unavailable_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(fields=["store", "-id"], name="stock_movement_newest_idx"),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(
                condition=~Q(kind__in=["sale", "receipt", "return", "opening"]),
                fields=["kind", "-id"],
                name="stock_movement_seldom_idx",
            ),
        ),
    ]
