"""The contract behind a figure, in the language of the page.

The registry's formulas are plain text, the same for every door; here they are named for the
catalogue. A test holds the two together.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from reporting.kpis.kpi import Kpi

TEXTS: Final = (
    gettext_noop("net of the goods sold + their discounts"),
    gettext_noop("money"),
    gettext_noop("half up to the currency's smallest unit"),
    gettext_noop("HT"),
    gettext_noop("sales ledger"),
    gettext_noop("shelf + loyalty + coupon discounts of the goods sold"),
    gettext_noop("Σ round(shelf discount / (1 + VAT rate)) of the goods sold"),
    gettext_noop("Σ round(loyalty discount / (1 + VAT rate)) of the goods sold"),
    gettext_noop("Σ round(store coupon / (1 + VAT rate)) of the goods sold"),
    gettext_noop("−Σ net of the goods returned, on the day and in the store of the return"),
    gettext_noop("gross_sales − discounts − returns"),
    gettext_noop("Σ net incl. tax of the goods sold and returned"),
    gettext_noop("TTC"),
    gettext_noop("net_sales_ttc − net_sales"),
    gettext_noop("Σ quantity of goods counted in pieces, net of returns"),
    gettext_noop("pieces"),
    gettext_noop("exact, 3 places"),
    gettext_noop("none"),
    gettext_noop("tickets with goods that are not pure returns; an exchange is one"),
    gettext_noop("count"),
    gettext_noop("whole number"),
    gettext_noop("distinct customers with at least one transaction"),
    gettext_noop("net_sales / transactions"),
    gettext_noop("money per one"),
    gettext_noop("10 places, half to even"),
    gettext_noop("pieces sold before returns / transactions with a piece line"),
    gettext_noop("pieces per one"),
    gettext_noop("net sales of pieces / units"),
    gettext_noop("Σ quantity × unit cost of lines whose cost is known"),
    gettext_noop("net sales − cost, of lines whose cost is known"),
    gettext_noop("gross_margin / net sales of lines whose cost is known"),
    gettext_noop("fraction"),
    gettext_noop("net sales of lines whose cost is known / net_sales"),
    gettext_noop("returns / (gross_sales − discounts), of the same period"),
    gettext_noop("discounts / gross_sales"),
    gettext_noop("Σ day targets of the period's stores and days"),
    gettext_noop("store targets"),
    gettext_noop("net sales of the store days that have a target / target"),
    gettext_noop(
        "net_sales / net sales of as many days just before (a month: of the month before) − 1"
    ),
    gettext_noop("net_sales / net sales 364 days before (or of the same dates a year before) − 1"),
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
