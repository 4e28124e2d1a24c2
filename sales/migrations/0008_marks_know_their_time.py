from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Say since when a mark waits for the refresher: the age of the oldest is its lag."""

    dependencies = [("sales", "0007_keep_history")]
    operations = [
        migrations.AddField(
            model_name="ledgerchange",
            name="marked_at",
            field=models.DateTimeField(db_default=Now()),
        )
    ]
