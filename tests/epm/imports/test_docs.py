"""docs/imports.md names everything a mapping can say, and its examples import as it tells."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from epm.imports import quarantine, words
from epm.imports.kinds import kind_named
from epm.imports.mapping import MATCH_KEYS, SECTIONS, ColumnSpec, Format, read_mapping
from epm.imports.readers import ReaderOptions
from epm.imports.services import reapply, runs

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "imports.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "docs" / "examples" / "imports"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SOURCES = [
    *(ROOT / "epm" / "imports").glob("*.py"),
    *(ROOT / "sales" / "services").rglob("*import*/*.py"),
    *(ROOT / "sales" / "services").glob("*_import.py"),
    *(ROOT / "inventory" / "services").glob("*_import.py"),
]
REASON = re.compile(r"""(?:THEN |reason = |['"])'?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)['|]""")


def section_of(kind: str) -> str:
    return PAGE.split(f"\n### {kind}\n")[1].split("\n### ")[0].split("\n## ")[0]


@pytest.mark.parametrize("name", list(settings.EPM_IMPORT_KINDS))
def test_every_field_and_option_of_a_kind_is_named_in_its_section(name):
    kind, section = kind_named(name), section_of(name)
    wanted = [field.name for field in kind.fields]
    wanted += [option.name for option in kind.options]
    wanted += [choice for field in kind.fields for choice in field.choices]
    wanted += [choice for option in kind.options for choice in option.choices]
    wanted += list(kind.row_matches)

    assert [word for word in wanted if f"`{word}`" not in section] == []


@pytest.mark.parametrize("name", list(settings.EPM_IMPORT_KINDS))
def test_required_fields_are_bold_and_no_others(name):
    required = {field.name for field in kind_named(name).fields if field.required}

    assert set(re.findall(r"\*\*`(\w+)`\*\*", section_of(name))) == required


def test_every_section_and_key_of_a_mapping_is_named():
    reference = PAGE.split("\n## The mapping file\n")[1].split("\n## ")[0]
    wanted = SECTIONS | MATCH_KEYS
    for described in (ReaderOptions, Format, ColumnSpec):
        wanted |= set(described.__dataclass_fields__)

    assert [word for word in sorted(wanted) if word not in reference] == []


def test_every_reason_in_the_code_is_explained():
    reasons = {reason for path in SOURCES for reason in REASON.findall(path.read_text())}
    reasons |= {"missing", "cancelled", "header-line", "wrong-cell-count", "stray-quote"}

    rows = PAGE.split("\n### The row itself\n")[1].split("\n### The file as a whole\n")[0]
    told = {reason for line in rows.splitlines() if line.startswith("| `")
            for reason in re.findall("`([a-z0-9-]+)`", line.split("|")[1])}  # fmt: skip
    assert "no-tax-rate" in reasons
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in PAGE] == []
    assert sorted(words.REASONS) == sorted(set(words.REASONS) & told)
    assert [reason for reason in sorted(told) if reason not in words.REASONS] == []


@pytest.mark.parametrize("name", list(settings.EPM_IMPORT_KINDS))
def test_every_field_option_and_choice_has_words(name):
    kind = kind_named(name)

    assert [f.name for f in kind.fields if f.name not in words.FIELDS] == []
    assert [o.name for o in kind.options if o.name not in words.OPTIONS] == []
    choices = [(o.name, choice) for o in kind.options for choice in o.choices]
    assert [pair for pair in choices if words.of_choice(*pair) == pair[1]] == []


def imported(kind: str, *names: str, mapping: str | None = None):
    run = runs.import_files(
        kind_name=kind,
        paths=[EXAMPLES / name for name in names],
        mapping=read_mapping(EXAMPLES / mapping, kind=kind) if mapping else None,
        by=None,
        door="test",
        now=NOW,
    )
    rows = run.account["rows"]
    assert rows["applied"] + rows["unchanged"] + rows["quarantined"] == rows["read"]
    return run


def unseen(phase: str, done: int, total: int) -> None:
    """Progress nobody looks at."""


def outcome(run) -> tuple:
    money, rows = run.account["money"], run.account["rows"]
    return rows["applied"], money["applied"], rows["quarantined"], run.account["reasons"]


@pytest.mark.django_db
def test_order_lines_in_yearly_files_with_prices_from_the_products_and_returns_apart():
    folder = "order-lines"
    for kind, name in (
        ("stores", "territories"), ("categories", "categories"), ("categories", "subcategories"),
        ("products", "products"),
    ):  # fmt: skip
        run = imported(kind, f"{folder}/{name}.csv", mapping=f"{folder}/{name}.toml")
        assert run.account["rows"]["quarantined"] == 0

    years = [f"{folder}/sales-{year}.csv" for year in (2015, 2016, 2017)]
    sold = imported("sales", *years, mapping=f"{folder}/sales.toml")
    returned = imported("sales", f"{folder}/returns.csv", mapping=f"{folder}/returns.toml")

    assert outcome(sold) == (9, "10296.39", 0, {})
    assert sold.account["notes"]["rounded_by"] == "0.005"
    assert outcome(returned) == (2, "-3404.98", 0, {})


@pytest.mark.django_db
def test_a_messy_web_export():
    imported("stores", "web-export/stores.csv")

    run = imported("sales", "web-export/orders.csv", mapping="web-export/orders.toml")

    assert outcome(run) == (12, "167.86", 0, {})
    assert run.account["header_lines"] == 1


@pytest.mark.django_db
def test_a_french_till_export_and_the_correction_of_its_quarantine(tmp_path):
    folder = "french-tills"
    imported("stores", f"{folder}/magasins.csv")
    imported("products", f"{folder}/articles.csv", mapping=f"{folder}/articles.toml")
    imported("targets", f"{folder}/objectifs.csv")

    run = imported("sales", f"{folder}/tickets.csv", mapping=f"{folder}/tickets.toml")
    assert outcome(run) == (7, "45.77", 3, {"not-a-moment": 2, "unknown-product": 1})

    rows = list(csv.DictReader(quarantine.csv_lines(run)))
    for row in rows:
        row["Date"] = row["Date"].replace("31/02/2026", "03/01/2026")
    corrected = tmp_path / "rows.csv"
    with corrected.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    again = imported("sales", str(corrected), mapping=f"{folder}/tickets.toml")
    assert outcome(again) == (2, "8.44", 1, {"unknown-product": 1})

    imported("products", f"{folder}/articles-new.csv", mapping=f"{folder}/articles.toml")
    last = reapply.quarantine_of(run_id=run.pk, mapping=None, by=None, now=NOW, progress=unseen)
    assert outcome(last) == (1, "1000.00", 0, {})
    assert run.quarantine.filter(resolved_by=None).count() == 0
