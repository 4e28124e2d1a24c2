from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """The law of a key's form is read with each answer that is kept: say it shorter."""

    dependencies = [("platform", "0010_idempotency")]
    operations = [
        migrations.RemoveConstraint("idempotencykey", "idempotency_key_well_formed"),
        migrations.AddConstraint(
            model_name="idempotencykey",
            constraint=models.CheckConstraint(
                condition=Q(key__regex=r"^[A-Za-z0-9_:.\-]+$") & Q(key__regex=r"^.{8}"),
                name="idempotency_key_well_formed",
            ),
        ),
    ]
