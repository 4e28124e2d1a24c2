import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find changes by who made them, by day, and what is gone."""

    atomic = False
    dependencies = [("platform", "0006_withheld_changes")]
    operations = [
        AddIndexConcurrently(
            model_name="change",
            index=models.Index(fields=["actor", "id"], name="change_of_actor_idx"),
        ),
        AddIndexConcurrently(
            model_name="change",
            index=models.Index(
                condition=models.Q(("verb", "deleted")), fields=["id"], name="change_deleted_idx"
            ),
        ),
        AddIndexConcurrently(
            model_name="change",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["changed_at"], name="change_of_day_idx"
            ),
        ),
    ]
