"""Uploaded files: taken in under a name of ours, judged by content, bounded in size."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.imports.models import Upload
from epm.imports.readers.sources import sources_in
from epm.platform.refusals import Kind, Refusal

LONGEST_NAME: Final = 120


class FileTooLarge(Refusal):
    code = "imports/file-too-large"
    title = gettext_lazy("The file is too large")
    kind = Kind.TOO_LARGE


class FileForgotten(Refusal):
    code = "imports/file-forgotten"
    title = gettext_lazy("The file is no longer kept")


def keep(*, chunks: Iterable[bytes], file_name: str) -> tuple[str, int, str]:
    """Write the chunks to a file of ours: its name, size and SHA-256.

    Raises FileTooLarge, and UnreadableFile for what is no table by its first bytes; then nothing
    is kept.
    """
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16)
    path = folder() / name
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.EPM_UPLOAD_MB << 20:
                    raise too_large()  # noqa: TRY301
                digest.update(chunk)
                file.write(chunk)
        with called(path=path, file_name=file_name) as shown:
            sources_in(shown)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name, size, digest.hexdigest()


def too_large() -> FileTooLarge:
    """The refusal of a file beyond the limit."""
    limit = settings.EPM_UPLOAD_MB
    return FileTooLarge(
        _("A file may have %(limit)d MB. Pack it as .gz or .zip, or split it.") % {"limit": limit},
        limit_mb=limit,
    )


def folder() -> Path:
    """Where they are kept: never served, only read by imports."""
    return Path(settings.MEDIA_ROOT) / "imports"


def plain_name(*, given: str) -> str:
    """The name a person gave, without folders and what does not print."""
    name = PurePath(given.replace("\\", "/")).name
    name = "".join(c for c in name if c.isprintable()).lstrip(". ")
    while len(name.encode()) > LONGEST_NAME:
        name = name[1:]
    return name or "file"


@contextmanager
def of(*, upload: Upload) -> Iterator[Path]:
    """The file by the name its owner knows. Raises FileForgotten once it has been deleted."""
    path = folder() / upload.stored_as
    if not path.is_file():
        raise FileForgotten(_("The file %(file)s is no longer kept. Upload it again.")
                            % {"file": upload.file_name})  # fmt: skip
    with called(path=path, file_name=upload.file_name) as shown:
        yield shown


@contextmanager
def called(*, path: Path, file_name: str) -> Iterator[Path]:
    """`path` under another name, for messages and the quarantine."""
    with TemporaryDirectory() as place:
        link = Path(place) / plain_name(given=file_name)
        link.symlink_to(path.resolve())
        yield link
