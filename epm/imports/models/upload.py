from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Upload(models.Model):
    """A file somebody handed in, kept under a name of ours until its time is over."""

    kind = models.CharField(_("kind"), max_length=32)
    file_name = models.CharField(_("file"), max_length=255)
    stored_as = models.CharField(max_length=64)
    size = models.BigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(
        _("mapping"), default=dict, help_text=_("What the form begins with.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True)
    credential = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    request_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        constraints = [
            models.UniqueConstraint(fields=["stored_as"], name="upload_stored_once"),
            models.UniqueConstraint(
                fields=["credential", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="upload_idempotent",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class SavedMapping(models.Model):
    """A mapping made by form or handed in as TOML, to be used again by its name."""

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=32)
    document = models.JSONField(_("mapping"), default=dict)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="saved_mapping_named_once"),
        ]

    def __str__(self) -> str:
        return self.name
