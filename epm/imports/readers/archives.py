"""A zip archive judged by its table of contents, before anything is unpacked."""

import stat
import struct
import zipfile
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from epm.imports.readers.contract import (
    HARMLESS,
    MAX_MEMBERS,
    MAX_RATIO,
    UnreadableFile,
)

MAX_CONTENTS = 1 << 20  # bytes of the table of contents itself
TAIL = 22 + 0xFFFF + 76  # its two end records and the longest comment
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others inflate without a bound


def checked_members(path: Path) -> list[zipfile.ZipInfo]:
    """The files in the archive, in its order. Raises UnreadableFile for anything suspicious."""
    _refuse_endless_contents(path)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise UnreadableFile(
            _("the archive is damaged (%(error)s). Get it again from where it comes from.")
            % {"error": error},
            file=path.name, reason="damaged",
        ) from error  # fmt: skip
    if len(infos) > MAX_MEMBERS:
        raise _too_many(path)
    if any(info.filename == "[Content_Types].xml" for info in infos):
        raise UnreadableFile(
            _("this is an Excel or Office file. Save it as CSV."),
            file=path.name, reason="foreign-format",
        )  # fmt: skip
    members = [info for info in infos if not _is_furniture(info)]
    if not members:
        raise UnreadableFile(
            _("the archive holds no file. Pack the files themselves."),
            file=path.name, reason="empty",
        )  # fmt: skip
    for info in members:
        _refuse_suspicious(info, name=f"{path.name}/{info.filename}")
    _refuse_bomb(path, members)
    return members


def _is_furniture(info: zipfile.ZipInfo) -> bool:
    """Folders, and what a Mac adds to the archives it makes."""
    path = PurePosixPath(info.filename)
    return info.is_dir() or path.parts[:1] == ("__MACOSX",) or path.name == ".DS_Store"


def _refuse_suspicious(info: zipfile.ZipInfo, *, name: str) -> None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        what, reason = _("its name points outside the archive. Rename it."), "unsafe-name"
    elif stat.S_ISLNK(info.external_attr >> 16):
        what, reason = _("it is a link. Pack the file itself."), "unsafe-name"
    elif info.flag_bits & 0x1:
        what, reason = _("it is encrypted. Unpack it with its password first."), "encrypted"
    elif info.compress_type not in PACKED:
        what, reason = _("it is packed in an unusual way. Pack it as an ordinary zip."), "packing"
    else:
        return
    raise UnreadableFile(what, file=name, reason=reason)


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """By what the archive says: `zipfile` never unpacks more of a member than that."""
    packed = path.stat().st_size
    total = sum(info.file_size for info in members)
    sizes = [(info.file_size, info.compress_size) for info in members]
    sizes.append((total, packed))  # members may share what they unpack
    if any(size > HARMLESS and size > MAX_RATIO * origin for size, origin in sizes):
        raise UnreadableFile(
            _("it unpacks to %(total)d MB, far more than a table of its size does. Unpack it "
              "yourself if you trust it.") % {"total": total >> 20},
            file=path.name, reason="bomb",
        )  # fmt: skip


def _refuse_endless_contents(path: Path) -> None:
    """`zipfile` reads the table of contents whole: look at its size first."""
    with path.open("rb") as raw:
        raw.seek(max(path.stat().st_size - TAIL, 0))
        tail = raw.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return  # no archive: zipfile says so
    (size,) = struct.unpack_from("<L", tail, end + 12)
    large = tail.rfind(b"PK\x06\x06", 0, end)
    if large >= 0 and len(tail) >= large + 56:
        size = max(0 if size == 0xFFFFFFFF else size, *struct.unpack_from("<Q", tail, large + 40))
    if size > MAX_CONTENTS:
        raise _too_many(path)


def _too_many(path: Path) -> UnreadableFile:
    return UnreadableFile(
        _("the archive holds more than %(limit)d files. Split it.") % {"limit": MAX_MEMBERS},
        file=path.name, reason="too-many-files",
    )  # fmt: skip
