"""Shapes that the answers of several contexts share."""

from rest_framework import serializers


class StepOut(serializers.Serializer):
    """One step of a path through a tree."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
