"""A new context joins the house in one command and passes the house's own checks at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from epm.platform import scaffolding

ROOT = Path(__file__).resolve().parents[3]
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", "var", "var-*", "__pycache__", ".*_cache", "staticfiles", "screenshots", "demo"
)
CHECKED = ("tests/architecture/test_conventions.py", "tests/architecture/test_directions.py")


@pytest.fixture
def house(tmp_path):
    """A copy of the repository."""
    return shutil.copytree(ROOT, tmp_path / "house", ignore=LEFT_BEHIND)


def run(house, *words):
    """`python -m …` in the copy, on the same servers and a database of its own."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path="/scaffolded").geturl()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "EPM_TEST")) and name != "DJANGO_SETTINGS_MODULE"
    } | {"DATABASE_URL": database, "EPM_DATA": str(house / "var")}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=house,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def snapshot(house):
    return {
        path: path.read_bytes()
        for path in house.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".ruff_cache" not in path.parts
    }


@pytest.mark.parametrize(
    ("name", "model", "noun"),
    [
        ("loyalty", "StampCard", "stamp_card"),
        ("x2", "Cd", "cd"),
        ("warehouse_orders", "WarehouseOrdered", "warehouse_ordered"),
        ("deliveries", None, "deliverie"),
    ],
)
def test_what_is_made_is_tidy_whatever_its_length(house, name, model, noun):
    files = scaffolding.make(root=house, name=name, noun=model)

    assert house / name / "models" / f"{noun}.py" in files
    python = [str(path) for path in files if path.suffix == ".py"]
    assert run(house, "-m", "ruff", "check", *python) == (0, "All checks passed!\n")
    assert run(house, "-m", "ruff", "format", "--check", *python)[0] == 0


def test_what_is_made_passes_at_once(house):
    code, told = run(house, "manage.py", "scaffold", "loyalty", "--model", "StampCard")
    assert code == 0, told

    lint = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"
    code, told = run(house, "-c", lint)
    assert "loyalty" not in told.partition("Broken contracts")[2]
    assert "Only loyalty touches its models KEPT" in told

    code, told = run(house, "-m", "mypy", "--cache-dir", os.devnull, "loyalty")
    assert code == 0, told

    code, told = run(house, "manage.py", "makemigrations", "--check", "--dry-run", "loyalty")
    assert (code, "No changes detected" in told) == (0, True), told

    everywhere = [f"tests/architecture/test_visibility_everywhere.py::{name}" for name in (
        "test_every_address_is_known",
        "test_every_example_is_of_an_address",
        "test_every_model_of_the_administration_is_furnished",
    )]  # fmt: skip
    code, told = run(
        house, "-m", "pytest", "-p", "no:cacheprovider", "tests/loyalty", *CHECKED, *everywhere
    )
    assert code == 0, told


@pytest.mark.parametrize(
    ("_case", "name", "model"),
    [
        ("a context there is", "sales", None),
        ("an empty context there is", "shop", "Basket"),
        ("a folder there is", "docs", None),
        ("a standard library's name", "json", None),
        ("an installed package's name", "rest_framework", None),
        ("a keyword", "class", None),
        ("no identifier", "my-context", None),
        ("upper case", "Loyalty", None),
        ("a path", "../loyalty", None),
        ("nothing", "", None),
        ("too long", "l" * 17, None),
        ("not ASCII", "fidélité", None),
        ("a model there is", "loyalty", "Customer"),
        ("a model in lower case", "loyalty", "card"),
        ("a keyword for a model", "loyalty", "None"),
        ("a keyword for its modules", "loyalty", "A"),
        ("a word of Python for its modules", "loyalty", "Ab"),
        ("an address there is", "loyalty", "Import"),
    ],
)
def test_refuses_and_changes_nothing(house, _case, name, model):
    before = snapshot(house)

    with pytest.raises(scaffolding.CannotScaffoldError):
        scaffolding.make(root=house, name=name, noun=model)

    assert snapshot(house) == before


def test_refuses_a_house_it_does_not_know(house):
    (house / "epm" / "api_urls.py").write_text("urlpatterns = []\n")
    before = snapshot(house)

    with pytest.raises(scaffolding.CannotScaffoldError, match="api_urls"):
        scaffolding.make(root=house, name="loyalty", noun=None)

    assert snapshot(house) == before
