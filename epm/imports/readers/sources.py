"""Where bytes come from: a file, a gzip stream, a member of a zip archive. Names prove nothing."""

import enum
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from django.utils.translation import gettext as _

from epm.imports.readers.archives import (
    checked_members,
    contents,
    is_office,
    refuse_unusable_workbook,
)
from epm.imports.readers.contract import HARMLESS, MAX_RATIO, UnreadableFile

# Read in blocks that stay in the processor's cache.
BLOCK = 1 << 16
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FOREIGN = {
    OLE: "Excel 97 (.xls)",
    b"%PDF": "PDF",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"PARE": "encrypted Parquet",
    b"SQLite format 3\x00": "SQLite",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
}


class Format(enum.Enum):
    TEXT = enum.auto()
    GZIP = enum.auto()
    ZIP = enum.auto()
    PARQUET = enum.auto()
    WORKBOOK = enum.auto()


MAGIC = {
    b"PAR1": Format.PARQUET,
    b"\x1f\x8b": Format.GZIP,
    b"PK\x03\x04": Format.ZIP,
    b"PK\x05\x06": Format.ZIP,
}


class Stream(Protocol):
    """Bytes as they are unpacked; `position` counts those taken off the disk."""

    def read(self, size: int) -> bytes: ...

    @property
    def position(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One file of rows. `total_bytes` is its size on the disk, packed."""

    name: str
    path: Path
    format: Format
    total_bytes: int
    member: zipfile.ZipInfo | None = None

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Unpack from the beginning. Raises UnreadableFile for what is damaged or explodes."""
        try:
            with self.path.open("rb") as raw:
                if self.format is Format.GZIP:
                    yield _Gzip(raw, name=self.name)
                elif self.member is not None:
                    with zipfile.ZipFile(raw) as archive, archive.open(self.member) as member:
                        yield _Member(raw, member, start=self.member.header_offset)
                else:
                    yield _Plain(raw)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise UnreadableFile(
                _("the archive is damaged or was cut short (%(error)s). Get it again from where it "
                  "comes from.") % {"error": error},
                file=self.name, reason="damaged",
            ) from error  # fmt: skip
        except OSError as error:
            raise _unreadable(self.name, error) from error

    def head(self, size: int) -> bytes:
        """The first `size` bytes, or all there are."""
        pieces = bytearray()
        with self.open() as stream:
            while len(pieces) < size and (piece := stream.read(size - len(pieces))):
                pieces += piece
        return bytes(pieces)


def sources_in(path: Path) -> list[Source]:
    """The files of rows in `path`: itself, or the members of the archive it is."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path.name, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFile(
            _("it is a folder or a device. Name the files in it.")
            if stat.S_ISDIR(status.st_mode)
            else _("it is not a file. Save what it gives to a file first."),
            file=path.name, reason="not-a-file",
        )  # fmt: skip
    if not status.st_size:
        raise _empty(path.name)
    outer = Source(path.name, path, Format.TEXT, status.st_size)
    head = outer.head(16)
    if head.startswith(OLE):
        _refuse_encrypted(path)
    found = _format(head, name=path.name)
    if found is Format.ZIP:
        infos = contents(path)
        if is_office(infos):
            refuse_unusable_workbook(path, infos)
            return [Source(path.name, path, Format.WORKBOOK, status.st_size)]
        return [_checked(source) for source in _members(path, infos)]
    source = Source(path.name, path, found, status.st_size)
    return [_checked(source) if found is Format.GZIP else source]


def _members(path: Path, infos: list[zipfile.ZipInfo]) -> list[Source]:
    return [
        Source(f"{path.name}/{info.filename}", path, Format.TEXT, info.compress_size, info)
        for info in checked_members(path, infos)
    ]


def _checked(source: Source) -> Source:
    """A packed file, which must hold text and no further package."""
    head = source.head(16)
    if not head:
        raise _empty(source.name)
    if (inner := _format(head, name=source.name)) is not Format.TEXT:
        raise UnreadableFile(
            _("there is another packed file (%(format)s) inside. Unpack the outer one and import "
              "what is in it.") % {"format": inner.name.lower()},
            file=source.name, reason="nested",
        )  # fmt: skip
    return source


def _format(head: bytes, *, name: str) -> Format:
    for magic, foreign in FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableFile(
                _("this is a %(format)s file. Save it as CSV, .xlsx or Parquet.")
                % {"format": foreign},
                file=name, reason="foreign-format",
            )  # fmt: skip
    return next((fmt for magic, fmt in MAGIC.items() if head.startswith(magic)), Format.TEXT)


def _refuse_encrypted(path: Path) -> None:
    """A workbook with a password is kept inside an old Office container."""
    with path.open("rb") as raw:
        if "EncryptedPackage".encode("utf-16-le") in raw.read(16 << 20):
            raise UnreadableFile(
                _("the workbook has a password. Save it without one."),
                file=path.name, reason="encrypted",
            )  # fmt: skip


def _empty(name: str) -> UnreadableFile:
    return UnreadableFile(
        _("the file is empty. Export it again, with its header line at least."),
        file=name, reason="empty",
    )  # fmt: skip


def _unreadable(name: str, error: Exception) -> UnreadableFile:
    reason = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
    why = getattr(error, "strerror", None) or str(error)
    return UnreadableFile(
        _("it cannot be opened (%(error)s). Check its name and its permissions.") % {"error": why},
        file=name, reason=reason,
    )  # fmt: skip


class _Plain:
    def __init__(self, raw: BinaryIO) -> None:
        self.read = raw.read
        self._raw = raw

    @property
    def position(self) -> int:
        return self._raw.tell()


class _Member:
    def __init__(self, raw: BinaryIO, member: IO[bytes], *, start: int) -> None:
        self.read = member.read
        self._raw, self._start = raw, start

    @property
    def position(self) -> int:
        return max(self._raw.tell() - self._start, 0)


class _Gzip:
    """The members of a gzip file one after the other, never more than asked for in memory."""

    def __init__(self, raw: BinaryIO, *, name: str) -> None:
        self._raw, self._name = raw, name
        self._inflate = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._unpacked_bytes = 0

    @property
    def position(self) -> int:
        return self._raw.tell() - len(self._packed)

    def read(self, size: int) -> bytes:
        while True:
            if self._inflate.eof:
                self._packed = self._inflate.unused_data.lstrip(b"\0")  # padding, as on tapes
                self._inflate = zlib.decompressobj(wbits=31)
                if not self._packed and not self._next_block():
                    return b""
            elif not self._packed and not self._next_block():
                raise EOFError("unexpected end")
            unpacked = self._inflate.decompress(self._packed, size)
            self._packed = self._inflate.unconsumed_tail
            if unpacked:
                self._refuse_bomb(len(unpacked))
                return unpacked

    def _next_block(self) -> bool:
        self._packed = self._raw.read(BLOCK // 4)
        return bool(self._packed)

    def _refuse_bomb(self, unpacked: int) -> None:
        self._unpacked_bytes += unpacked
        if self._unpacked_bytes > HARMLESS and self._unpacked_bytes > MAX_RATIO * self.position:
            raise UnreadableFile(
                _("it unpacks to more than %(ratio)d times its size, as no table does. Unpack it "
                  "yourself if you trust it.") % {"ratio": MAX_RATIO},
                file=self._name, reason="bomb",
            )  # fmt: skip
