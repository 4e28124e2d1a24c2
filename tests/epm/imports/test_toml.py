"""A mapping written as TOML says what it said."""

import tomllib
from pathlib import Path

import pytest

from epm.imports import toml

ROOT = Path(__file__).resolve().parents[3]
FILES = [*ROOT.glob("epm/imports/mappings/*.toml"), *ROOT.glob("docs/examples/imports/*/*.toml")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_mapping_comes_back_as_it_was(path):
    document = tomllib.loads(path.read_text(encoding="utf-8"))

    assert tomllib.loads(toml.dumps(document)) == document


def test_so_do_odd_names_and_texts():
    document = {
        "kind": "sales",
        "file": {"skip_lines": 2, "header": ["a", 'b "c"']},
        "columns": {"ticket": {"columns": ["N° \\ x", "é"], "join": "\t"}, "a b": "\x7f"},
        "values": {"unit": {"": "piece", "*": "kg", "a.b": "l"}},
        "options": {"price_from_product": True},
    }

    assert tomllib.loads(toml.dumps(document)) == document
