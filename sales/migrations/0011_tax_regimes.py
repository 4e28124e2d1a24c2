from datetime import date
from decimal import Decimal

import django.db.models.functions.text
from django.db import migrations, models

from epm.platform.migrations_sql import keep_history

NO_VAT = ("", "none")
# France without its territories overseas has had its rates since 0005.
REGIMES = [
    ("FR", "France", True),
    ("FR-DOM", "Guadeloupe, Martinique, Réunion", True),
    ("CA-QC", "Québec", False),
    ("NP", "Nepal", True),
]
DOM, QUEBEC, NEPAL = date(2014, 1, 1), date(2013, 1, 1), date(2014, 1, 1)
RATES = [
    # Articles 296 and 296 bis to ter of the French tax code; BOI-TVA-GEO-20-10: 8.5 % and 2.1 %
    # where France has 20 % and its reduced rates. Press bears 1.05 %, medicines 2.1 %; who sells
    # animals for slaughter (1.75 %) makes a class of them. Guyane and Mayotte have no VAT (294).
    ("FR-DOM", "standard", "TVA", "0.085", DOM),
    ("FR-DOM", "intermediate", "TVA", "0.021", DOM),
    ("FR-DOM", "reduced", "TVA", "0.021", DOM),
    ("FR-DOM", "super-reduced", "TVA", "0.0105", DOM),
    ("FR-DOM", "exempt", "TVA", "0", DOM),
    # Excise Tax Act, s. 165; Act respecting the Québec sales tax, s. 16: both on the price without
    # tax, the second at this rate since 2013.
    ("CA-QC", "standard", "GST", "0.05", QUEBEC),
    ("CA-QC", "standard", "QST", "0.09975", QUEBEC),
    ("CA-QC", "exempt", "GST", "0", QUEBEC),
    # Value Added Tax Act, 2052 (1996), section 7.
    ("NP", "standard", "VAT", "0.13", NEPAL),
    ("NP", "exempt", "VAT", "0", NEPAL),
]


def add(apps, _schema_editor):
    """The regimes above, and whatever rates and stores name already. Rates of a regime that has
    some are left as they are."""
    tax_regime, tax_class, tax_rate, store = (
        apps.get_model(*name)
        for name in (
            ("sales", "TaxRegime"), ("sales", "TaxClass"), ("sales", "TaxRate"),
            ("organization", "Store"),
        )
    )  # fmt: skip
    rated = set(tax_rate.objects.order_by().values_list("regime", flat=True).distinct())
    named = rated | set(store.objects.order_by().values_list("vat_regime", flat=True).distinct())
    known = {code.lower() for code, _, _ in REGIMES}
    for code, name, inclusive in REGIMES:
        tax_regime.objects.create(code=code, name=name, prices_include_tax=inclusive)
    for code in sorted(named.difference(NO_VAT)):
        if code.lower() not in known:
            known.add(code.lower())
            tax_regime.objects.create(code=code, name=code)
    classes = {made.code.lower(): made for made in tax_class.objects.all()}
    for regime, code, tax, rate, since in RATES:
        if regime not in rated and code in classes:
            tax_rate.objects.create(
                regime=regime,
                tax_class=classes[code],
                tax=tax,
                rate=Decimal(rate),
                valid_from=since,
            )


def remove(apps, _schema_editor):
    added = {regime for regime, *_ in RATES}
    apps.get_model("sales", "TaxRate").objects.filter(regime__in=added).delete()


class Migration(migrations.Migration):
    """Say what a regime's prices mean, let several taxes bear on a class, and exempt customers."""

    dependencies = [
        ("sales", "0010_tills"),
    ]

    operations = [
        migrations.CreateModel(
            name="TaxRegime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "prices_include_tax",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise taxes are added to them at the till.",
                        verbose_name="prices include tax",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Tills sell by active regimes only.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax regime",
                "verbose_name_plural": "tax regimes",
            },
        ),
        migrations.RemoveConstraint(
            model_name="taxrate",
            name="tax_rate_one_per_day",
        ),
        migrations.AddField(
            model_name="customer",
            name="tax_exempt_number",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Number of the certificate; empty: pays taxes.",
                max_length=64,
                verbose_name="tax exemption",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="tax_exempt_until",
            field=models.DateField(
                blank=True,
                help_text="The last day; empty: no end.",
                null=True,
                verbose_name="exempt until",
            ),
        ),
        migrations.AddField(
            model_name="taxrate",
            name="tax",
            field=models.CharField(
                default="TVA",
                help_text="As receipts show it. Another name is another tax, added to the others.",
                max_length=16,
                verbose_name="tax",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tax_exempt_until__isnull", True),
                    models.Q(("tax_exempt_number", ""), _negated=True),
                    _connector="OR",
                ),
                name="customer_exemption_has_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxrate",
            constraint=models.UniqueConstraint(
                models.F("tax_class"),
                models.F("regime"),
                django.db.models.functions.text.Lower("tax"),
                models.F("valid_from"),
                name="tax_rate_one_per_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax", ""), _negated=True), name="tax_rate_tax_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxregime",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("code"), name="tax_regime_code_unique_ci"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxregime",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="tax_regime_code_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxregime",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", "none"), _negated=True), name="tax_regime_has_tax"
            ),
        ),
        keep_history("sales_taxregime"),
        migrations.RunPython(add, remove),
    ]
