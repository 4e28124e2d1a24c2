"""The catalogue as the API shows it. For the schema alone: no row is run through them."""

from rest_framework import serializers

from epm.platform.serializers import StepOut
from inventory.models import BarcodeKind, UnitOfMeasure


class CategoryOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="Code of the parent; null at a root."
    )


class OneCategoryOut(CategoryOut):
    path = StepOut(many=True, help_text="From the root down to this category.")


class ProductOut(serializers.Serializer):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    brand = serializers.CharField()
    category = serializers.CharField(allow_null=True, help_text="Code of its category.")
    unit = serializers.ChoiceField(UnitOfMeasure.choices, help_text="What one of it is.")
    sale_price = serializers.DecimalField(
        18, 6, allow_null=True, help_text="Including tax; null when unknown."
    )
    purchase_price = serializers.DecimalField(
        18,
        6,
        allow_null=True,
        required=False,
        help_text="Excluding tax; null when unknown. Left out for who may not see costs.",
    )
    tax_class = serializers.CharField()
    is_active = serializers.BooleanField()
    is_placeholder = serializers.BooleanField(
        help_text="Made by an import that met an unknown SKU."
    )


class OneProductOut(ProductOut):
    barcodes = serializers.ListField(child=serializers.CharField())
    attributes = serializers.DictField()


class ScanOut(serializers.Serializer):
    product_id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.ChoiceField(UnitOfMeasure.choices, help_text="What one of it is.")
    is_active = serializers.BooleanField()
    sale_price = serializers.DecimalField(
        18, 6, allow_null=True, help_text="Of one unit, including tax; null when unknown."
    )
    barcode = serializers.CharField(help_text="The product's barcode as it is kept.")
    kind = serializers.ChoiceField(BarcodeKind.choices)
    pack_size = serializers.DecimalField(12, 3, help_text="Units in a pack of this code.")
    quantity = serializers.DecimalField(
        12,
        3,
        allow_null=True,
        help_text="Units that one scan means; null when a price in the code cannot tell.",
    )
    price = serializers.DecimalField(
        16, 3, allow_null=True, help_text="Including tax, of all of it; null: not in the code."
    )
    currency = serializers.CharField(allow_null=True, help_text="Of `store`; null without one.")
    rule = serializers.CharField(
        allow_null=True, help_text="By which weights and prices in the code were read."
    )
