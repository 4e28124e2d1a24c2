from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RunStatus(models.TextChoices):
    """The life of an import. A failed run is resumed by importing the same files again."""

    WAITING = "waiting", _("Waiting")
    PARSING = "parsing", _("Reading the file")
    PREVIEW = "preview", _("Previewed")
    APPLYING = "applying", _("Applying")
    DONE = "done", _("Done")
    DONE_WITH_ERRORS = "done_with_errors", _("Done, rows in quarantine")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class ImportRun(models.Model):
    """One import of one file set: what it held, what became of every row."""

    kind = models.CharField(_("kind"), max_length=32)
    status = models.CharField(
        _("status"), max_length=16, choices=RunStatus, default=RunStatus.PARSING
    )
    file_names = models.JSONField(_("files"), default=list)
    content_hash = models.CharField(
        _("fingerprint"),
        max_length=64,
        help_text=_("SHA-256 over the files, the mapping and the options."),
    )
    mapping = models.JSONField(_("mapping"), default=dict)
    columns = models.JSONField(_("columns"), default=list)
    dry_run = models.BooleanField(_("dry run"), default=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    door = models.CharField(_("door"), max_length=32, default="command")
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    account = models.JSONField(
        _("account"),
        default=dict,
        help_text=_("Rows and money read, applied, unchanged and quarantined; they add up."),
    )
    error = models.TextField(_("error"), blank=True)
    upload = models.ForeignKey(
        "imports.Upload",
        on_delete=models.PROTECT,
        null=True,
        related_name="runs",
        verbose_name=_("uploaded file"),
    )
    phase = models.CharField(_("phase"), max_length=16, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="import_run_status_known"
            ),
            models.UniqueConstraint(
                fields=["upload"],
                condition=Q(dry_run=False, upload__isnull=False) & ~Q(status="cancelled"),
                name="import_run_applies_a_file_once",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "content_hash"], name="import_run_fingerprint_idx"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind} {', '.join(self.file_names)}"


class QuarantinedRow(models.Model):
    """A row that was not applied, whole and with its reason, until it is corrected."""

    run = models.ForeignKey(
        ImportRun,
        on_delete=models.CASCADE,
        related_name="quarantine",
        verbose_name=_("import"),
    )
    file_name = models.CharField(_("file"), max_length=255)
    line_number = models.BigIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=64)
    detail = models.TextField(_("detail"), blank=True)
    group_key = models.CharField(
        _("ticket"),
        max_length=300,
        blank=True,
        help_text=_("Rows that stand or fall together, e.g. the lines of one ticket."),
    )
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    cells = models.JSONField(_("cells"), help_text=_("The row as it stands in the file."))
    corrected_cells = models.JSONField(
        _("corrected cells"), null=True, blank=True, help_text=_("As somebody mended it here.")
    )
    resolved_by = models.ForeignKey(
        ImportRun,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken over by"),
        help_text=_("The later import that met this row again: it applied it or keeps it itself."),
    )

    class Meta:
        verbose_name = _("quarantined row")
        verbose_name_plural = _("quarantined rows")
        indexes = [
            models.Index(fields=["run", "line_number"], name="quarantined_row_order_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}:{self.line_number} {self.reason}"
