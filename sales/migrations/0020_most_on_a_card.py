from pathlib import Path

from django.db import migrations, models

from epm.platform.migrations_sql import run_sql

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """A store may say how much a gift card holds at most."""

    dependencies = [("sales", "0019_refused_tickets")]

    operations = [
        migrations.AddField(
            model_name="tillpolicy",
            name="most_on_a_card",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                help_text="In the store's currency, incl. tax; empty: any amount.",
                max_digits=16,
                null=True,
                verbose_name="most that a gift card holds",
            ),
        ),
        migrations.AddConstraint(
            model_name="tillpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("most_on_a_card__isnull", True), ("most_on_a_card__gt", 0), _connector="OR"
                ),
                name="till_policy_cards_hold_something",
            ),
        ),
        run_sql(SQL / "stored_value.v2.sql", down=SQL / "stored_value.v2.down.sql"),
    ]
