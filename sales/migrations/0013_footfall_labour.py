from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

from epm.platform.migrations_sql import keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"
# As it was: nothing is spread again, and nobody changed anything.
WHO_HAS_WEIGHTS = """
    ALTER TABLE sales_storetarget DISABLE TRIGGER USER;
    UPDATE sales_storetarget SET phasing = 'weights' WHERE day_weights IS NOT NULL;
    ALTER TABLE sales_storetarget ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    """Visitors and hours worked by store and day; targets say how they were spread."""

    dependencies = [
        ("organization", "0003_keep_history"),
        ("platform", "0004_change_history"),
        ("sales", "0012_stored_value"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="StoreFootfall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("business_date", models.DateField(verbose_name="business date")),
                (
                    "hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 23; empty: of the whole day.",
                        null=True,
                        verbose_name="hour",
                    ),
                ),
                ("visitors", models.PositiveIntegerField(verbose_name="visitors")),
            ],
            options={
                "verbose_name": "visitors of a store",
                "verbose_name_plural": "visitors",
            },
        ),
        migrations.CreateModel(
            name="StoreLabour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("business_date", models.DateField(verbose_name="business date")),
                (
                    "hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 23; empty: of the whole day.",
                        null=True,
                        verbose_name="hour",
                    ),
                ),
                (
                    "hours",
                    models.DecimalField(
                        decimal_places=2, max_digits=8, verbose_name="hours worked"
                    ),
                ),
            ],
            options={
                "verbose_name": "hours worked in a store",
                "verbose_name_plural": "hours worked",
            },
        ),
        migrations.AddField(
            model_name="storetarget",
            name="phasing",
            field=models.CharField(
                choices=[
                    ("even", "Evenly"),
                    ("weights", "By given weights"),
                    ("last_year", "By last year's weekdays"),
                ],
                default="even",
                help_text="Last year's sales are looked at whenever the target is saved.",
                max_length=16,
                verbose_name="spread",
            ),
        ),
        migrations.AddField(
            model_name="storetarget",
            name="profile",
            field=models.CharField(
                blank=True,
                choices=[
                    ("store", "the store's own"),
                    ("region", "its region's"),
                    ("chain", "the chain's"),
                    ("none", "none is known: every open day alike"),
                ],
                default="",
                editable=False,
                max_length=16,
                verbose_name="profile",
            ),
        ),
        migrations.AlterField(
            model_name="storetarget",
            name="day_weights",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=6, max_digits=12),
                blank=True,
                help_text="Seven, Monday first, or one for each day; for a spread by weights.",
                null=True,
                size=None,
                verbose_name="day weights",
            ),
        ),
        migrations.RunSQL(WHO_HAS_WEIGHTS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="storetarget",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("day_weights__isnull", True), ("phasing", "even"), ("profile", "")),
                    models.Q(
                        ("day_weights__isnull", False), ("phasing", "weights"), ("profile", "")
                    ),
                    models.Q(
                        ("day_weights__isnull", False),
                        ("phasing", "last_year"),
                        ("profile__in", ["store", "region", "chain", "none"]),
                    ),
                    _connector="OR",
                ),
                name="store_target_phasing_tells_weights",
            ),
        ),
        migrations.AddField(
            model_name="storefootfall",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organization.store",
                verbose_name="store",
            ),
        ),
        migrations.AddField(
            model_name="storelabour",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organization.store",
                verbose_name="store",
            ),
        ),
        migrations.AddConstraint(
            model_name="storefootfall",
            constraint=models.UniqueConstraint(
                fields=("store", "business_date", "hour"),
                name="store_footfall_one_per_hour",
                nulls_distinct=False,
                violation_error_message="This day or hour of the store is there already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="storefootfall",
            constraint=models.CheckConstraint(
                condition=models.Q(("hour__isnull", True), ("hour__lte", 23), _connector="OR"),
                name="store_footfall_hour_of_a_day",
                violation_error_message="An hour is 0 to 23.",
            ),
        ),
        migrations.AddConstraint(
            model_name="storefootfall",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("store", "="),
                    ("business_date", "="),
                    (
                        models.Case(
                            models.When(hour__isnull=True, then=models.Value(1)),
                            default=models.Value(0),
                            output_field=models.SmallIntegerField(),
                        ),
                        "<>",
                    ),
                ],
                name="store_footfall_whole_or_by_hour",
                violation_error_message="This day is told the other way: by hour, or as a whole.",
            ),
        ),
        migrations.AddConstraint(
            model_name="storelabour",
            constraint=models.UniqueConstraint(
                fields=("store", "business_date", "hour"),
                name="store_labour_one_per_hour",
                nulls_distinct=False,
                violation_error_message="This day or hour of the store is there already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="storelabour",
            constraint=models.CheckConstraint(
                condition=models.Q(("hour__isnull", True), ("hour__lte", 23), _connector="OR"),
                name="store_labour_hour_of_a_day",
                violation_error_message="An hour is 0 to 23.",
            ),
        ),
        migrations.AddConstraint(
            model_name="storelabour",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("store", "="),
                    ("business_date", "="),
                    (
                        models.Case(
                            models.When(hour__isnull=True, then=models.Value(1)),
                            default=models.Value(0),
                            output_field=models.SmallIntegerField(),
                        ),
                        "<>",
                    ),
                ],
                name="store_labour_whole_or_by_hour",
                violation_error_message="This day is told the other way: by hour, or as a whole.",
            ),
        ),
        migrations.AddConstraint(
            model_name="storelabour",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__gte", 0)),
                name="store_labour_not_negative",
                violation_error_message="Hours are not negative.",
            ),
        ),
        run_sql(SQL / "target_weights.v1.sql", down=SQL / "target_weights.v1.down.sql"),
        keep_history("sales_storefootfall"),
        keep_history("sales_storelabour"),
    ]
