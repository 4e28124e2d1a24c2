"""docs/kpis.md tells every key figure as the registry defines it."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from reporting.kpis.kpi import EVERYWHERE, STORES_AND_TIME
from reporting.kpis.registry import REGISTRY
from reporting.kpis.stock import IN_SPACE

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "kpis.md").read_text(encoding="utf-8")
EXACT_ON = {EVERYWHERE: "all", STORES_AND_TIME: "stores, time", IN_SPACE: "stores, goods"}
ROWS = {
    cells[0].strip(" `"): [cell.strip() for cell in cells[1:]]
    for cells in (line.strip("|").split("|") for line in PAGE.splitlines())
    if re.fullmatch(r" `\w+` ", cells[0])
}


def test_the_page_has_these_figures_and_no_others():
    assert set(ROWS) == set(REGISTRY)


@pytest.mark.parametrize("code", list(REGISTRY))
def test_name_tax_basis_and_dimensions_are_those_of_the_registry(code):
    kpi = REGISTRY[code]
    name, _formula, tax, exact_on = ROWS[code]
    with translation.override("en"):
        assert name == str(kpi.name)
    assert tax == {"none": "–"}.get(kpi.tax_basis.value, kpi.tax_basis.value)
    assert exact_on == EXACT_ON[kpi.dimensions]
