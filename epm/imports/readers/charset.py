"""In which encoding a text file was written."""

import codecs
import re

from django.utils.translation import gettext as _

from epm.imports.readers.contract import UnreadableFile

BOMS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins alike
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
# What western European languages write. A wrong guess among these encodings shows at once: an é of
# one is a Ž, a ‚ or nothing in the others.
WESTERN_ENCODINGS = ("cp1252", "mac_roman", "cp850")
WESTERN_LETTERS = "àâäáãåæçèéêëìíîïñòóôöõøœùúûüÿßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØŒÙÚÛÜŸ"
WESTERN_SIGNS = "«»‹›“”„‘’…–—•€£§°©®™²½¼¾×ªº·¡¿\xa0"
NOT_WESTERN = re.compile(
    f"[^\x00-\x7f{WESTERN_LETTERS}{WESTERN_SIGNS}]"
    f"|[{WESTERN_LETTERS}]{{3}}"  # no word has three in a row; Cyrillic read as western has
    f"|[a-z{WESTERN_LETTERS[:32]}][{WESTERN_LETTERS[32:]}]"
)
OTHERS = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman", "cp850", "koi8_r",
    "shift_jis", "gb18030", "big5", "euc_kr",
]  # fmt: skip
SAMPLE = 1 << 16


def encoding_of(head: bytes, *, declared: str | None, whole: bool, name: str) -> str:
    """The encoding declared or found out from the file's beginning (`whole`: that is all of it)."""
    if declared is not None:
        return _known(declared, name=name)
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return encoding
    if _mostly_utf8(head, whole=whole):
        return "utf-8"
    if (guess := guessed(head)) is None:
        raise UnreadableFile(
            _("its encoding cannot be told. Name it in the mapping: [file] encoding = \"cp1252\", "
              "for instance."),
            file=name, reason="unknown-encoding",
        )  # fmt: skip
    return guess


def guessed(text: bytes) -> str | None:
    """The likeliest encoding of text that is not UTF-8."""
    telling = [line for line in text.splitlines() if not line.isascii()]
    sample = b"\n".join(dict.fromkeys(telling))[:SAMPLE]
    for encoding in WESTERN_ENCODINGS:
        try:
            if not NOT_WESTERN.search(sample.decode(encoding)):
                return encoding
        except UnicodeDecodeError:
            continue
    from charset_normalizer import from_bytes  # noqa: PLC0415  (only few files need it)

    best = from_bytes(sample, cp_isolation=OTHERS).best()
    return best.encoding if best else None


def _mostly_utf8(head: bytes, *, whole: bool) -> bool:
    """A broken byte or two in UTF-8 is an error to be told, not another encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(head, final=whole)
    broken = text.count("\ufffd")
    sound = sum(map(len, re.findall("[^\x00-\x7f\ufffd]+", text))) if broken else 0
    return not broken or sound > broken


def _known(declared: str, *, name: str) -> str:
    try:
        info = codecs.lookup(declared)
        "".encode(info.name)  # refuses the codecs that do not make text
    except (LookupError, ValueError) as error:
        raise UnreadableFile(
            _("there is no encoding “%(encoding)s”. Correct it in the mapping; common ones are "
              "utf-8, cp1252, mac_roman and utf-16.") % {"encoding": declared},
            file=name, reason="bad-options",
        ) from error  # fmt: skip
    return info.name
