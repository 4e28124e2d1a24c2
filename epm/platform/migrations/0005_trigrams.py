from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Words are found by their parts. The owner of a database may make this extension."""

    dependencies = [("platform", "0004_change_history")]
    operations = [TrigramExtension()]
