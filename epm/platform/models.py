"""What the platform itself keeps: who changed what, and how writes were answered."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ExactNumbers(json.JSONDecoder):
    """Reads 2.490000 as it is written, not as the nearest float."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "parse_float": Decimal})


class Verb(models.TextChoices):
    CREATED = "created", _("Created")
    CHANGED = "changed", _("Changed")
    DELETED = "deleted", _("Deleted")


class Change(models.Model):
    """One change of one row, noted by a trigger (sql/changes.v1.sql). Never edited."""

    subject = models.CharField(_("what"), max_length=64)
    object_id = models.BigIntegerField(_("number"))
    whole_id = models.BigIntegerField(_("number of the object"))
    verb = models.CharField(_("change"), max_length=8, choices=Verb)
    before = models.JSONField(_("before"), null=True, decoder=ExactNumbers)
    after = models.JSONField(_("after"), null=True, decoder=ExactNumbers)
    changed_at = models.DateTimeField(_("changed at"))
    actor = models.CharField(_("by"), max_length=150, blank=True)
    door = models.CharField(_("door"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = [
            models.CheckConstraint(condition=Q(verb__in=Verb.values), name="change_verb_known"),
        ]
        indexes = [
            models.Index(fields=["subject", "whole_id", "id"], name="change_of_whole_idx"),
            models.Index(fields=["actor", "id"], name="change_of_actor_idx"),
            models.Index(fields=["id"], condition=Q(verb="deleted"), name="change_deleted_idx"),
            models.Index(fields=["changed_at", "id"], name="change_of_day_idx"),
            models.Index(
                fields=["door", "id"], condition=~Q(door="epm"), name="change_of_door_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class StateChange(models.Model):
    """One step of one document: a trigger writes it (sql/state_changes.v1.sql). Never edited."""

    subject = models.CharField(_("what"), max_length=64)
    object_id = models.BigIntegerField(_("number"))
    from_state = models.CharField(_("from"), max_length=24)
    to_state = models.CharField(_("to"), max_length=24)
    event = models.CharField(_("step"), max_length=32)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    changed_at = models.DateTimeField(_("changed at"))
    actor = models.CharField(_("by"), max_length=150)
    door = models.CharField(_("door"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("state change")
        verbose_name_plural = _("state changes")
        indexes = [models.Index(fields=["subject", "object_id", "id"], name="state_change_of_idx")]

    def __str__(self) -> str:
        return f"{self.subject} {self.object_id}: {self.from_state} → {self.to_state}"


KEPT_FOR: Final = timedelta(days=7)


class IdempotencyKey(models.Model):
    """A write that was answered, so that the same request again gets the same answer.

    `principal` is “user 7” or “key 3”: keys never cross from one to another.
    """

    principal = models.CharField(max_length=64)
    route = models.CharField(max_length=128)
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField()
    response_status = models.PositiveSmallIntegerField()
    response_headers = models.JSONField()
    response_body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_default=Now() + KEPT_FOR)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "route", "key"], name="idempotency_key_answered_once"
            ),
            # The column holds 255 at most; to count that far costs an expression more than the row.
            models.CheckConstraint(
                condition=Q(key__regex=r"^[A-Za-z0-9_:.\-]+$") & Q(key__regex=r"^.{8}"),
                name="idempotency_key_well_formed",
            ),
            # What a retry may mend is never kept: who asks, where, how fast, or a fault of ours.
            models.CheckConstraint(
                condition=Q(response_status__range=(200, 299))
                | Q(response_status__in=(402, 409, 422)),
                name="idempotency_key_answer_worth_keeping",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_key_expired_idx")]

    def __str__(self) -> str:
        return f"{self.principal}: {self.key}"
