"""A new bounded context: its rooms, and the lines by which the house knows it.

All is made in memory first. What cannot be made, for whatever reason, leaves the tree as it was.
"""

import builtins
import importlib.util
import keyword
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from epm.platform.scaffold_edits import EDITS

TEMPLATES: Final = Path(__file__).parent / "scaffold"
NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
NOUN: Final = re.compile(r"[A-Z][a-z0-9]*([A-Z][a-z0-9]*)*", re.ASCII)
LONGEST: Final = 16
ROOMS: Final = ("", "admin", "api", "migrations", "models", "selectors", "services")


class CannotScaffoldError(Exception):
    """Why nothing was made."""


@dataclass(frozen=True, slots=True)
class Words:
    """The names of a context and of its first model, in every spelling that code needs."""

    name: str
    noun: str
    """In CamelCase."""

    def spelled(self) -> dict[str, str]:
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", self.noun).lower()
        told = snake.replace("_", " ")
        return {
            "name": self.name,
            "slug": self.name.replace("_", "-"),
            "Context": "".join(part.capitalize() for part in self.name.split("_")),
            "CONSTANT": self.name.upper(),
            "title": self.name.replace("_", " ").capitalize(),
            "Noun": self.noun,
            "noun": snake,
            "flat": self.noun.lower(),
            "words": told,
            "Words": told.capitalize(),
            "single": snake.replace("_", "-"),
            "plural": snake.replace("_", "-") + "s",
        }


def make(*, root: Path, name: str, noun: str | None) -> list[Path]:
    """Write the context `name` with its first model; the files made and changed.

    Raise CannotScaffoldError, with nothing changed, for a name that is taken or no identifier.
    """
    words = Words(name, noun or _noun_of(name))
    _refuse_bad_names(root, words)
    spelled = words.spelled()
    files = {**dict(_made(root, spelled)), **dict(_changed(root, spelled))}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _tidy(root, files)
    return sorted(files)


def _tidy(root: Path, files: Iterable[Path]) -> None:
    """Imports in order and lines as long as they are: names are of any length. For developers."""
    if importlib.util.find_spec("ruff") is None:
        return
    python = [str(path) for path in files if path.suffix == ".py"]
    for order in (["check", "--quiet", "--select", "I", "--fix"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *order, *python], cwd=root, check=False)  # noqa: S603 - our own words


def _noun_of(name: str) -> str:
    singular = name[:-1] if name.endswith("s") and len(name) > 2 else name
    return "".join(part.capitalize() for part in singular.split("_"))


def _refuse_bad_names(root: Path, words: Words) -> None:
    name, noun = words.name, words.noun
    if not NAME.fullmatch(name) or len(name) > LONGEST or keyword.iskeyword(name):
        raise CannotScaffoldError(f"“{name}” is no name for a context: lower case, at most 16.")
    if not NOUN.fullmatch(noun) or len(noun) > LONGEST or keyword.iskeyword(noun):
        raise CannotScaffoldError(f"“{noun}” is no name for a model: CamelCase, at most 16.")
    modules = f"{noun.lower()}s"
    if keyword.iskeyword(modules) or hasattr(builtins, modules):
        raise CannotScaffoldError(
            f"“{noun}” is no name for a model: “{noun.lower()}s” is Python's."
        )
    taken = (root / name).exists() or (root / "tests" / name).exists()
    if taken or name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None:
        raise CannotScaffoldError(f"“{name}” exists already.")
    table = (root / "epm/access/permissions.py").read_text(encoding="utf-8")
    spelled = words.spelled()
    if f'.{spelled["flat"]}"' in table or f'"{name}.' in table:
        raise CannotScaffoldError(f"A model “{noun}” or a context “{name}” exists already.")
    addresses = (root / "tests/architecture/addresses.py").read_text(encoding="utf-8")
    if f'"api/v1/{spelled["plural"]}/' in addresses:
        raise CannotScaffoldError(f"/api/v1/{spelled['plural']} exists already.")


def _made(root: Path, spelled: dict[str, str]) -> Iterator[tuple[Path, str]]:
    context = root / spelled["name"]
    for room in ROOMS:
        yield context / room / "__init__.py", ""
    yield root / "tests" / spelled["name"] / "__init__.py", ""
    for template in sorted(TEMPLATES.glob("*.tmpl")):
        text = Template(template.read_text(encoding="utf-8")).substitute(spelled)
        yield _place(root, template.stem, spelled), text


def _place(root: Path, stem: str, spelled: dict[str, str]) -> Path:
    """`models.NOUN.py` is models/<noun>.py of the context; tests and pages stand elsewhere."""
    if stem.endswith(".md"):
        return root / "docs" / "problems" / spelled["slug"] / stem
    *rooms, module, _py = stem.replace("NOUN", spelled["noun"]).split(".")
    if rooms == ["tests"]:
        return root / "tests" / spelled["name"] / f"{module}.py"
    return root.joinpath(spelled["name"], *rooms, f"{module}.py")


def _changed(root: Path, spelled: dict[str, str]) -> Iterator[tuple[Path, str]]:
    for place, edits in EDITS.items():
        path = root / place
        text = path.read_text(encoding="utf-8")
        for edit in edits:
            if text.count(edit.anchor) != 1:
                raise CannotScaffoldError(f"{place} has no single line {edit.anchor.strip()!r}.")
            line = Template(edit.text).substitute(spelled)
            after = f"{edit.anchor}{line}" if edit.below else f"{line}{edit.anchor}"
            text = text.replace(edit.anchor, after)
        yield path, text
