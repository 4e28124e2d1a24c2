"""A file and its run in one request, which may be sent again without harm."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.models import User
from epm.imports.models import ImportRun, Upload
from epm.imports.services import uploads
from epm.platform.refusals import Kind, Refusal


class KeyReused(Refusal):
    code = "imports/idempotency-key-reused"
    title = gettext_lazy("The idempotency key was used for something else")
    kind = Kind.INVALID


class BadKey(Refusal):
    code = "imports/bad-idempotency-key"
    title = gettext_lazy("The idempotency key cannot be used")
    kind = Kind.INVALID


@transaction.atomic
def file_and_run(  # noqa: PLR0913
    *, kind_name: str, chunks: Iterable[bytes], file_name: str, mapping: Mapping[str, Any],
    dry_run: bool, by: User | None, credential: str, key: str, now: datetime,
) -> tuple[ImportRun, bool]:  # fmt: skip
    """The run of this file, and whether it was there already under the same key.

    Raises what `uploads.receive` and `uploads.start` raise, KeyReused and BadKey; then nothing is
    kept.
    """
    if key:
        _check(key)
        _wait_for_twins(f"idempotency {credential} {key}")
        known = Upload.objects.filter(credential=credential, idempotency_key=key).first()
        if known is not None:
            digest = _digest(kind_name, _sha256(chunks), mapping, dry_run)
            if digest != known.request_digest:
                raise KeyReused(_("This key came before with another file, kind or mapping."))
            return known.runs.order_by("pk")[0], True
    upload = uploads.receive(
        kind_name=kind_name, chunks=chunks, file_name=file_name, by=by, now=now, mapping=mapping,
        credential=credential, key=key,
    )  # fmt: skip
    upload.request_digest = _digest(kind_name, upload.sha256, mapping, dry_run)
    upload.save(update_fields=["request_digest"])
    run = uploads.start(
        upload_id=upload.pk, mapping=mapping, dry_run=dry_run, by=by, door="api", now=now
    )
    return run, False


def _check(key: str) -> None:
    if not (8 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise BadKey(_("An Idempotency-Key has 8 to 255 printable ASCII characters."))


def _wait_for_twins(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _sha256(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _digest(kind: str, sha256: str, mapping: Mapping[str, Any], dry_run: bool) -> str:  # noqa: FBT001
    said = json.dumps([kind, sha256, mapping, dry_run], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
