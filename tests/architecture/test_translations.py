"""French is complete, and what is committed is what was compiled."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
THEME = ROOT / "locale" / "unfold" / "fr" / "LC_MESSAGES" / "django.po"
ROOMS = ("epm", "inventory", "sales", "shop", "reporting", "templates")
NEEDS_GETTEXT = pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext not installed")


def entries(catalogue):
    """(msgid, msgstrs) of a catalogue, without its header; a context stands before its msgid."""
    blocks = catalogue.read_text(encoding="utf-8").split("\n\n")[1:]
    for block in blocks:
        lines = re.findall(r'^(msgctxt|msgid|msgstr(?:\[\d\])?) "(.*)"$', block, re.MULTILINE)
        msgid = "\x04".join(text for name, text in lines if not name.startswith("msgstr"))
        yield msgid, [text for name, text in lines if name.startswith("msgstr")]


@pytest.mark.parametrize("catalogue", [OURS, THEME], ids=["ours", "theme"])
def test_every_message_is_translated_and_none_is_a_guess(catalogue):
    assert "#, fuzzy" not in catalogue.read_text(encoding="utf-8")
    assert [msgid for msgid, told in entries(catalogue) if not all(told)] == []


@pytest.mark.parametrize("catalogue", [OURS, THEME], ids=["ours", "theme"])
def test_the_compiled_catalogue_is_the_newest(catalogue):
    with catalogue.with_suffix(".mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)

    for msgid, told in entries(catalogue):
        plain = msgid.encode().decode("unicode_escape").encode("latin-1").decode()
        expected = told[0].encode("latin-1", "backslashreplace").decode("unicode_escape")
        assert known.ngettext(plain, plain, 1) == expected or known.gettext(plain) == expected


@pytest.mark.parametrize("catalogue", [OURS, THEME], ids=["ours", "theme"])
def test_high_punctuation_has_its_no_break_space(catalogue):
    wrong = re.compile(r"\w [;:!?»](?!\S)|« ")

    assert [t for _msgid, told in entries(catalogue) for t in told if wrong.search(t)] == []


def test_no_message_hides_behind_a_name_that_nobody_looks_for():
    """`makemessages` finds what is marked by `_`, gettext and its kin, by no other name."""
    hidden = re.compile(r"gettext(_lazy)? as (?!_\b)\w+")
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]

    assert [str(path) for path in files if hidden.search(path.read_text(encoding="utf-8"))] == []


@NEEDS_GETTEXT
def test_no_message_of_the_code_is_missing(tmp_path):
    for name in ROOMS:
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    (tmp_path / "locale").mkdir()
    command = ["-m", "django", "makemessages", "-l", "fr", "--no-location", "--no-wrap"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": ""}
    subprocess.run([sys.executable, *command], cwd=tmp_path, check=True, env=environment)
    extracted = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po"

    known = {msgid for msgid, _told in entries(OURS)}
    assert [msgid for msgid, _told in entries(extracted) if msgid not in known] == []
