"""Imports as the API shows them. For the schema alone: no row is run through them."""

from rest_framework import serializers

from epm.imports.models import RunStatus

AS_IT_CAME = "Left out for who may not see customers and costs: a file can hold either."


class ImportOut(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    status = serializers.ChoiceField(RunStatus.choices)
    file_names = serializers.ListField(child=serializers.CharField())
    content_hash = serializers.CharField(help_text="SHA-256 over files, mapping and options.")
    dry_run = serializers.BooleanField()
    by = serializers.CharField(
        allow_null=True,
        required=False,
        help_text="Who started it; null for the system. Left out for who may not see people.",
    )
    door = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(help_text="Why it failed; empty otherwise.")


class OneImportOut(ImportOut):
    account = serializers.DictField(
        help_text="Rows and money read, applied, unchanged and quarantined; they add up."
    )


class QuarantinedRowOut(serializers.Serializer):
    id = serializers.IntegerField()
    file_name = serializers.CharField()
    line_number = serializers.IntegerField()
    reason = serializers.CharField()
    detail = serializers.CharField(required=False, help_text=AS_IT_CAME)
    group_key = serializers.CharField(
        required=False, help_text=f"Rows that stand or fall together, e.g. a ticket. {AS_IT_CAME}"
    )
    amount = serializers.DecimalField(18, 6, allow_null=True)
    cells = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=f"The row as it stands in the file. {AS_IT_CAME}",
    )
    resolved_by = serializers.IntegerField(
        allow_null=True, help_text="The later import that applied this row."
    )
