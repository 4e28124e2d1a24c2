from django.db import migrations, models


class Migration(migrations.Migration):
    """A word for people; nothing in the database."""

    dependencies = [("platform", "0007_find_changes")]
    operations = [
        migrations.AlterField(
            model_name="change",
            name="whole_id",
            field=models.BigIntegerField(verbose_name="number of the object"),
        ),
    ]
