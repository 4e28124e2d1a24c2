from datetime import date
from decimal import Decimal

from django.db import migrations

# Metropolitan France since 2014-01-01 (articles 278 to 281 octies of the tax code).
CLASSES = [
    ("standard", "Standard rate", Decimal("0.2")),
    ("intermediate", "Intermediate rate", Decimal("0.1")),
    ("reduced", "Reduced rate", Decimal("0.055")),
    ("super-reduced", "Super-reduced rate", Decimal("0.021")),
    ("exempt", "Exempt", Decimal(0)),
]


def add(apps, _schema_editor):
    tax_class, tax_rate = (
        apps.get_model("sales", "TaxClass"),
        apps.get_model("sales", "TaxRate"),
    )
    for code, name, rate in CLASSES:
        made = tax_class.objects.create(code=code, name=name)
        tax_rate.objects.create(tax_class=made, regime="FR", rate=rate, valid_from=date(2014, 1, 1))


def remove(apps, _schema_editor):
    codes = [code for code, _, _ in CLASSES]
    apps.get_model("sales", "TaxRate").objects.filter(tax_class__code__in=codes).delete()
    apps.get_model("sales", "TaxClass").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    """Give every system the French tax classes and rates to start from."""

    dependencies = [("sales", "0004_store_target_days")]
    operations = [migrations.RunPython(add, remove)]
