"""Imports as the API shows them. For the schema alone: no row is run through them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
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
    phase = serializers.CharField(help_text="read, check or apply; empty before.")
    done = serializers.IntegerField(
        help_text="How much of the phase is done: bytes, rows, tickets."
    )
    total = serializers.IntegerField()


class OneImportOut(ImportOut):
    interrupted = serializers.BooleanField(
        help_text="It was at work, and whoever worked on it is gone. The page can resume it."
    )
    account = serializers.DictField(
        help_text="Rows and money read, applied, unchanged and quarantined; they add up."
    )


class ImportIn(serializers.Serializer):
    """A file to import, as multipart/form-data."""

    file = serializers.FileField(help_text="CSV (also .gz, .zip), .xlsx or Parquet.")
    kind = serializers.CharField(max_length=32, help_text="What it holds, e.g. sales.")
    mapping = serializers.CharField(
        required=False, max_length=80, help_text="Name of a saved or shipped mapping."
    )
    mapping_toml = serializers.CharField(
        required=False, max_length=256 << 10, help_text="Or the mapping itself."
    )
    dry_run = serializers.BooleanField(
        default=True, help_text="A preview to confirm; false: import at once."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "mapping" in attrs and "mapping_toml" in attrs:
            raise serializers.ValidationError(
                {"mapping": [_("Name a mapping or send one, not both.")]}
            )
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError(
                {name[:100]: [_("There is no such field here.")] for name in unknown[:20]}
            )
        return attrs


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
        allow_null=True,
        help_text="The later import that met this row again: it applied it, or keeps it itself.",
    )
