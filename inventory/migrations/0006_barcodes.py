from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

import inventory.models.barcode
from epm.platform.migrations_sql import keep_history, run_sql

SQL = Path(__file__).parents[1] / "sql"

# A migration is nobody's change: the history stays silent. Of two codes that are one GTIN, written
# differently, the first is the GTIN; every other code stays what it was, any text.
KINDS_OF_WHAT_IS_THERE = """
ALTER TABLE inventory_barcode DISABLE TRIGGER inventory_barcode_history_update;
UPDATE inventory_barcode b SET kind = 'gtin'
FROM (
    SELECT id, row_number() OVER (PARTITION BY lpad(code, 14, '0') ORDER BY id) AS nth
    FROM inventory_barcode WHERE inventory_gtin_is_right(code)
) right_ones
WHERE b.id = right_ones.id AND nth = 1;
ALTER TABLE inventory_barcode ENABLE TRIGGER inventory_barcode_history_update;
"""


class Migration(migrations.Migration):
    """Barcodes have check digits and pack sizes; scales' barcodes are read by rules."""

    dependencies = [
        ("inventory", "0005_stock"),
    ]

    operations = [
        run_sql(SQL / "barcodes.v1.sql", down=SQL / "barcodes.v1.down.sql"),
        migrations.CreateModel(
            name="EmbeddedBarcodeRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "prefix",
                    models.CharField(
                        help_text="02, 04 or 20 to 29, and digits after it if need be.",
                        max_length=6,
                        verbose_name="prefix",
                    ),
                ),
                (
                    "item_digits",
                    models.PositiveSmallIntegerField(
                        help_text=(
                            "Prefix and item together are an internal barcode of the product."
                        ),
                        verbose_name="digits of the item",
                    ),
                ),
                (
                    "embeds",
                    models.CharField(
                        choices=[
                            ("weight", "weight in kg"),
                            ("price", "price incl. tax"),
                            ("quantity", "quantity"),
                        ],
                        max_length=8,
                        verbose_name="holds",
                    ),
                ),
                (
                    "value_check",
                    models.BooleanField(
                        default=False,
                        help_text="The GS1 price verifier stands before a value of 4 or 5 digits.",
                        verbose_name="verifier digit",
                    ),
                ),
                (
                    "value_digits",
                    models.PositiveSmallIntegerField(verbose_name="digits of the value"),
                ),
                (
                    "value_decimals",
                    models.PositiveSmallIntegerField(
                        help_text="01234 with 3 decimals is 1.234.",
                        verbose_name="decimals of the value",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "rule for weights and prices in barcodes",
                "verbose_name_plural": "weights and prices in barcodes",
            },
        ),
        migrations.AddField(
            model_name="barcode",
            name="kind",
            field=models.CharField(
                choices=[("gtin", "EAN or UPC (GTIN)"), ("internal", "internal")],
                db_default="internal",
                default="internal",
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="barcode",
            name="pack_size",
            field=models.DecimalField(
                db_default=Decimal("1"),
                decimal_places=3,
                default=Decimal("1"),
                help_text="How many units of the product one scan means: 12 on a carton of twelve.",
                max_digits=12,
                verbose_name="pack size",
            ),
        ),
        migrations.RunSQL(KINDS_OF_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="barcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["gtin", "internal"])), name="barcode_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="barcode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "gtin"), _negated=True),
                    inventory.models.barcode.GtinIsRight("code"),
                    _connector="OR",
                ),
                name="barcode_gtin_check_digit_right",
                violation_error_message=(
                    "This is no EAN or UPC: wrong check digit, or not 8, 12, 13 or 14 "
                    "digits. A code of your own is “internal”."
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="barcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("pack_size__gt", 0)),
                name="barcode_pack_size_positive",
                violation_error_message="A pack holds more than nothing.",
            ),
        ),
        migrations.AddConstraint(
            model_name="barcode",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.LPad("code", 14, models.Value("0")),
                condition=models.Q(("kind", "gtin")),
                name="barcode_gtin_unique_in_any_form",
                violation_error_message=(
                    "A product has this code already, written with other zeros before it."
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="embeddedbarcoderule",
            constraint=models.CheckConstraint(
                condition=models.Q(("prefix__regex", "^(0[24]|2[0-9])[0-9]{0,4}$")),
                name="embedded_rule_prefix_of_stores",
                violation_error_message=(
                    "Only codes that begin with 02, 04 or 20 to 29 are a store's own."
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="embeddedbarcoderule",
            constraint=models.CheckConstraint(
                condition=models.Q(("embeds__in", ["weight", "price", "quantity"])),
                name="embedded_rule_content_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="embeddedbarcoderule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("item_digits__gte", 1),
                    ("value_digits__gte", 1),
                    (
                        "value_digits",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(12),
                                    "-",
                                    django.db.models.functions.text.Length("prefix"),
                                ),
                                "-",
                                models.F("item_digits"),
                            ),
                            "-",
                            models.Case(
                                models.When(then=models.Value(1), value_check=True),
                                default=models.Value(0),
                            ),
                        ),
                    ),
                ),
                name="embedded_rule_fills_ean_13",
                violation_error_message=(
                    "Prefix, item, verifier and value must be 12 digits together."
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="embeddedbarcoderule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value_decimals__lte", 3), ("value_decimals__lte", models.F("value_digits"))
                ),
                name="embedded_rule_decimals_within_value",
                violation_error_message="At most 3 decimals, and no more than digits.",
            ),
        ),
        migrations.AddConstraint(
            model_name="embeddedbarcoderule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value_check", False), ("value_digits__in", (4, 5)), _connector="OR"
                ),
                name="embedded_rule_verifies_4_or_5_digits",
                violation_error_message="A verifier needs a value of 4 or 5 digits.",
            ),
        ),
        migrations.AddConstraint(
            model_name="embeddedbarcoderule",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_active", True)),
                expressions=[
                    (
                        models.Func(
                            django.db.models.functions.comparison.Cast(
                                django.db.models.functions.text.RPad(
                                    "prefix", 12, models.Value("0")
                                ),
                                models.BigIntegerField(),
                            ),
                            django.db.models.functions.comparison.Cast(
                                django.db.models.functions.text.RPad(
                                    "prefix", 12, models.Value("9")
                                ),
                                models.BigIntegerField(),
                            ),
                            models.Value("[]"),
                            function="int8range",
                            output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField(),
                        ),
                        "&&",
                    )
                ],
                name="embedded_rule_prefixes_apart",
                violation_error_message="Another active rule reads codes of this prefix.",
            ),
        ),
        keep_history("inventory_embeddedbarcoderule"),
    ]
