"""A zip archive judged by its table of contents, before anything is unpacked."""

import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from django.conf import settings
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


def contents(path: Path) -> list[zipfile.ZipInfo]:
    """The archive's table of contents. Raises UnreadableFile when it is damaged or endless."""
    _refuse_endless_contents(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise UnreadableFile(
            _("the archive is damaged (%(error)s). Get it again from where it comes from.")
            % {"error": error},
            file=path.name, reason="damaged",
        ) from error  # fmt: skip


def checked_members(path: Path, infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The files in the archive, in its order. Raises UnreadableFile for anything suspicious."""
    if len(infos) > MAX_MEMBERS:
        raise _too_many(path)
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


def is_office(infos: list[zipfile.ZipInfo]) -> bool:
    """Whether this archive is what an office program saved, workbook or not."""
    names = {info.filename.lower() for info in infos}
    return "[content_types].xml" in names or {"mimetype", "content.xml"} <= names


def refuse_unusable_workbook(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """By its table of contents: a workbook, without macros or files within, and no bomb."""
    names = [info.filename.lower() for info in infos]
    if "xl/workbook.xml" not in names:
        what = _("this is an office file, but no .xlsx workbook. Save it as .xlsx or CSV.")
        raise UnreadableFile(what, file=path.name, reason="foreign-format")
    if any(name.endswith("vbaproject.bin") for name in names):
        what = _("the workbook holds macros. Save it as .xlsx, without them.")
        raise UnreadableFile(what, file=path.name, reason="macros")
    if len(infos) > 10 * MAX_MEMBERS or len(set(names)) < len(names):
        what = _("its parts are too many, or two have one name. Save the workbook again.")
        raise UnreadableFile(what, file=path.name, reason="too-many-files")
    for info in infos:
        _refuse_suspicious(info, name=f"{path.name}/{info.filename}")
    _refuse_bomb(path, infos)
    if sum(info.file_size for info in infos) > settings.EPM_WORKBOOK_UNPACKED_MB << 20:
        what = _("it unpacks to more than %(limit)d MB. Save the sheet as CSV, or split it.") % {
            "limit": settings.EPM_WORKBOOK_UNPACKED_MB
        }
        raise UnreadableFile(what, file=path.name, reason="too-large")
    _refuse_nested(path, infos)


def _refuse_nested(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    with zipfile.ZipFile(path) as archive:
        for info in infos:
            try:
                with archive.open(info) as member:
                    head = member.read(4)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                raise UnreadableFile(
                    _("the workbook is damaged (%(error)s). Save it again.") % {"error": error},
                    file=path.name, reason="damaged",
                ) from error  # fmt: skip
            if head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
                raise UnreadableFile(
                    _("another file is embedded in it (%(name)s). Remove it, or save the sheet "
                      "as CSV.") % {"name": info.filename},
                    file=path.name, reason="nested",
                )  # fmt: skip


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
