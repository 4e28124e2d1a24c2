from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find changes by who made them, by door, by day, and what is gone."""

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
            index=models.Index(fields=["changed_at", "id"], name="change_of_day_idx"),
        ),
        AddIndexConcurrently(
            model_name="change",
            index=models.Index(
                condition=models.Q(("door", "epm"), _negated=True),
                fields=["door", "id"],
                name="change_of_door_idx",
            ),
        ),
    ]
