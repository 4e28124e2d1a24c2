"""The contract behind a figure, in the language of the page.

Names and formulas are told by the registry; units, bases and sources are plain words, the same for
every door, and named here for the catalogue. A test holds the two together.
"""

from functools import cache
from typing import Final

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from reporting.kpis.registry import REGISTRY
from reporting.views.charts.markup import Text, element, linked

TEXTS: Final = (
    gettext_noop("money"),
    gettext_noop("money per one"),
    gettext_noop("count"),
    gettext_noop("pieces"),
    gettext_noop("pieces per one"),
    gettext_noop("hours"),
    gettext_noop("fraction"),
    gettext_noop("HT"),
    gettext_noop("TTC"),
    gettext_noop("none"),
    gettext_noop("sales ledger"),
    gettext_noop("store targets"),
    gettext_noop("openings and closures of stores"),
    gettext_noop("counted visitors"),
    gettext_noop("hours worked"),
    gettext_noop("floor areas"),
    gettext_noop("stock ledger"),
    gettext_noop("days of stock"),
)


@cache
def contract(code: str, language: str) -> SafeString:
    """What the figure is, line by line: terms and their descriptions, made once."""
    kpi = REGISTRY[code]
    with override(language):
        lines: list[tuple[str, Text]] = [
            (_("Name"), kpi.name),
            (_("Code"), kpi.code),
            (_("Version"), str(kpi.version)),
            (_("Formula"), kpi.formula),
            (_("Unit"), _(kpi.unit.value)),
            (_("Basis"), _(kpi.tax_basis.value)),
            (_("Rounding"), kpi.rounding),
            (_("Sources"), ", ".join(_(source) for source in kpi.sources)),
        ]
        told = [
            element("dt", linked(term, "")) + element("dd", linked(text, ""))
            for term, text in lines
        ]
    return mark_safe("".join(told))  # noqa: S308 - every text is escaped
