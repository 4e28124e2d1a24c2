"""Regions and stores as the API shows them. For the schema alone: no row is run through them."""

from rest_framework import serializers

from epm.organization.models import StoreKind


class RegionOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class StoreOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(StoreKind.choices)
    region = serializers.CharField(allow_null=True, help_text="Code of its region.")
    timezone = serializers.CharField(help_text="IANA name.")
    day_cutoff_hour = serializers.IntegerField(
        help_text="Sales before this local hour belong to the day before."
    )
    currency = serializers.CharField(help_text="ISO 4217.")
    vat_regime = serializers.CharField()
    opened_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    floor_area_m2 = serializers.DecimalField(10, 2, allow_null=True)
    address = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    latitude = serializers.DecimalField(9, 6, allow_null=True)
    longitude = serializers.DecimalField(9, 6, allow_null=True)
    is_placeholder = serializers.BooleanField(
        help_text="Made by an import that met an unknown code."
    )
