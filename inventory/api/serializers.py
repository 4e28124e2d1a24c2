"""The catalogue as the API shows it. For the schema alone: no row is run through them."""

from rest_framework import serializers

from epm.platform.serializers import StepOut
from inventory.models import UnitOfMeasure


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
