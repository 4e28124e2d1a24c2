"""The contract behind a figure, in the language of the page.

Names and formulas are told by the registry; units, bases and sources are plain words, the same for
every door, and named here for the catalogue. A test holds the two together.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from reporting.kpis.kpi import Kpi

TEXTS: Final = (
    gettext_noop("money"),
    gettext_noop("money per one"),
    gettext_noop("count"),
    gettext_noop("pieces"),
    gettext_noop("pieces per one"),
    gettext_noop("fraction"),
    gettext_noop("HT"),
    gettext_noop("TTC"),
    gettext_noop("none"),
    gettext_noop("sales ledger"),
    gettext_noop("store targets"),
    gettext_noop("openings and closures of stores"),
)


def contract(kpi: Kpi) -> list[tuple[str | Promise, str | Promise]]:
    """What the figure is, line by line."""
    return [
        (_("Name"), kpi.name),
        (_("Code"), kpi.code),
        (_("Version"), str(kpi.version)),
        (_("Formula"), kpi.formula),
        (_("Unit"), gettext(kpi.unit.value)),
        (_("Basis"), gettext(kpi.tax_basis.value)),
        (_("Rounding"), kpi.rounding),
        (_("Sources"), ", ".join(gettext(source) for source in kpi.sources)),
    ]
