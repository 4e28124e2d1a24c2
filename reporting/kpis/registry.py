"""Every key figure there is. The formulas are those of the retail canon, over `Figures`."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from reporting.kpis import stock
from reporting.kpis.figures import SUMS, Figures, growth, ratio, whole
from reporting.kpis.kpi import STORES_AND_TIME, Kpi, TaxBasis, Unit

HT, TTC, NO_TAX = TaxBasis.HT, TaxBasis.TTC, TaxBasis.NONE
LEDGER: Final = ("sales ledger",)
OPENINGS: Final = ("sales ledger", "openings and closures of stores")
TARGETS: Final = ("sales ledger", "store targets")
VISITORS: Final = ("sales ledger", "counted visitors")
HOURS: Final = ("sales ledger", "hours worked")
AREAS: Final = ("sales ledger", "floor areas")

_KPIS: Final = (
    Kpi(
        "gross_sales", _("Gross sales excl. tax"),
        _("net of the goods sold + their discounts"), Unit.MONEY, HT, LEDGER,
        lambda f: f.gross_ht,
    ),
    Kpi(
        "discounts", _("Discounts excl. tax"),
        _("shelf + loyalty + coupon discounts of the goods sold + those given at the till"),
        Unit.MONEY, HT, LEDGER, lambda f: f.discounts_ht, version=2,
    ),
    Kpi(
        "discounts_shelf", _("Shelf discounts excl. tax"),
        _("Σ round(shelf discount / (1 + VAT rate)) of the goods sold"), Unit.MONEY, HT, LEDGER,
        lambda f: f.shelf_ht,
    ),
    Kpi(
        "discounts_loyalty", _("Loyalty discounts excl. tax"),
        _("Σ round(loyalty discount / (1 + VAT rate)) of the goods sold"), Unit.MONEY, HT, LEDGER,
        lambda f: f.loyalty_ht,
    ),
    Kpi(
        "discounts_coupon", _("Store coupons excl. tax"),
        _("Σ round(store coupon / (1 + VAT rate)) of the goods sold"), Unit.MONEY, HT, LEDGER,
        lambda f: f.coupon_ht,
    ),
    Kpi(
        "discounts_manual", _("Discounts at the till excl. tax"),
        _("Σ round(discount given at the till / (1 + VAT rate)) of the goods sold"),
        Unit.MONEY, HT, LEDGER, lambda f: f.manual_ht,
    ),
    Kpi(
        "returns", _("Returns excl. tax"),
        _("−Σ net of the goods returned, on the day and in the store of the return"),
        Unit.MONEY, HT, LEDGER, lambda f: f.returned_ht,
    ),
    Kpi(
        "net_sales", _("Net sales excl. tax"),
        _("gross_sales − discounts − returns"), Unit.MONEY, HT, LEDGER, lambda f: f.net_ht,
    ),
    Kpi(
        "net_sales_ttc", _("Net sales incl. tax"),
        _("Σ net incl. tax of the goods sold and returned"), Unit.MONEY, TTC, LEDGER,
        lambda f: f.net_ttc,
    ),
    Kpi(
        "vat", _("VAT"), _("net_sales_ttc − net_sales"), Unit.MONEY, TTC, LEDGER,
        lambda f: f.net_ttc - f.net_ht,
    ),
    Kpi(
        "units", _("Units"), _("Σ quantity of goods counted in pieces, net of returns"),
        Unit.QUANTITY, NO_TAX, LEDGER, lambda f: f.units,
    ),
    Kpi(
        "transactions", _("Transactions"),
        _("tickets with goods that are not pure returns; an exchange is one"),
        Unit.COUNT, NO_TAX, LEDGER, lambda f: f.transactions,
    ),
    Kpi(
        "customers", _("Identified customers"),
        _("distinct customers with at least one transaction"), Unit.COUNT, NO_TAX, LEDGER,
        lambda f: f.customers, dimensions=STORES_AND_TIME, on_request=True,
    ),
    Kpi(
        "atv", _("Average basket excl. tax"),
        _("net_sales / transactions"), Unit.MONEY_PER, HT, LEDGER,
        lambda f: ratio(f.net_ht, f.transactions),
    ),
    Kpi(
        "upt", _("Units per transaction"),
        _("pieces sold before returns / transactions with a piece line"), Unit.PER, NO_TAX, LEDGER,
        lambda f: ratio(f.units_sold, f.piece_transactions),
    ),
    Kpi(
        "aur", _("Average unit price excl. tax"),
        _("net sales of pieces / units"), Unit.MONEY_PER, HT, LEDGER,
        lambda f: ratio(f.piece_ht, f.units),
    ),
    Kpi(
        "cost", _("Cost of goods sold"),
        _("Σ quantity × unit cost of lines whose cost is known"), Unit.MONEY, HT, LEDGER,
        lambda f: f.known_cost,
    ),
    Kpi(
        "gross_margin", _("Gross margin"),
        _("net sales − cost, of lines whose cost is known"), Unit.MONEY, HT, LEDGER,
        lambda f: f.margin_ht,
    ),
    Kpi(
        "margin_rate", _("Margin rate"),
        _("gross_margin / net sales of lines whose cost is known"), Unit.FRACTION, HT, LEDGER,
        lambda f: ratio(f.margin_ht, f.covered_ht),
    ),
    Kpi(
        "cost_coverage", _("Cost coverage"),
        _("net sales of lines whose cost is known / net_sales"), Unit.FRACTION, HT, LEDGER,
        lambda f: ratio(f.covered_ht, f.net_ht),
    ),
    Kpi(
        "return_rate", _("Return rate"),
        _("returns / (gross_sales − discounts), of the same period"), Unit.FRACTION, HT, LEDGER,
        lambda f: ratio(f.returned_ht, f.sold_ht),
    ),
    Kpi(
        "discount_rate", _("Discount rate"),
        _("discounts / gross_sales"), Unit.FRACTION, HT, LEDGER,
        lambda f: ratio(f.discounts_ht, f.gross_ht),
    ),
    Kpi(
        "target", _("Target excl. tax"), _("Σ day targets of the period's stores and days"),
        Unit.MONEY, HT, TARGETS, lambda f: f.target, dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "attainment", _("Target attainment"),
        _("net sales of the store days that have a target / target"), Unit.FRACTION, HT, TARGETS,
        lambda f: ratio(f.on_target_days_ht, f.target), dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "attainment_to_date", _("Target attainment to date"),
        _("net sales / target, of the store days that are over and known"), Unit.FRACTION, HT,
        TARGETS, lambda f: ratio(f.to_date.net_ht, f.to_date.target), dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "target_gap", _("Gap to target, to date"),
        _("net sales − target, of the store days that are over and known"), Unit.MONEY, HT,
        TARGETS, lambda f: f.target_gap, dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "projection", _("Projected net sales"),
        _("net sales of the store days that are over and known × target / target of those days"),
        Unit.MONEY, HT, TARGETS, lambda f: f.projected_ht, dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "projection_linear", _("Projected net sales, by days"),
        _("net sales of the store days that are over and known × days / days over and known"),
        Unit.MONEY, HT, TARGETS, lambda f: f.projected_evenly_ht, dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "required_per_day", _("Required on the next trading day"),
        _("(target − net sales to date) × target of the next trading day / target still to come"),
        Unit.MONEY, HT, TARGETS, lambda f: f.required_next_day, dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "required_per_weight", _("Required per unit of weight to come"),
        _("(target − net sales to date) / (target still to come / target)"),
        Unit.MONEY, HT, TARGETS, lambda f: f.required, dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "footfall", _("Visitors"), _("Σ visitors of the store days on which they were counted"),
        Unit.COUNT, NO_TAX, VISITORS, lambda f: whole(f.footfall.counted),
        dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "conversion", _("Conversion"),
        _("transactions / visitors, of the store days whose visitors and sales are known"),
        Unit.FRACTION, NO_TAX, VISITORS,
        lambda f: ratio(f.footfall.at_tills, f.footfall.compared), dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "labour_hours", _("Hours worked"), _("Σ hours of the store days on which they were noted"),
        Unit.HOURS, NO_TAX, HOURS, lambda f: f.labour.counted, dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "sales_per_labour_hour", _("Net sales per hour worked, excl. tax"),
        _("net sales / hours worked, of the store days whose hours and sales are known"),
        Unit.MONEY_PER, HT, HOURS,
        lambda f: ratio(f.labour.at_tills, f.labour.compared), dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "sales_density", _("Net sales per m², excl. tax"),
        _("net sales / floor area, of the stores that sold and whose area is known"),
        Unit.MONEY_PER, HT, AREAS, lambda f: ratio(f.on_area_ht, f.area_m2),
        dimensions=STORES_AND_TIME,
    ),
    Kpi(
        "growth_previous", _("Growth on the previous period"),
        _("net_sales / net sales of as many days before (rows in time: of the one before) − 1"),
        Unit.FRACTION, HT, LEDGER, lambda f: growth(f.net_ht, f.previous_ht),
    ),
    Kpi(
        "growth_last_year", _("Growth on last year"),
        _("net_sales / net sales 364 days before (or of the same dates a year before) − 1"),
        Unit.FRACTION, HT, LEDGER, lambda f: growth(f.net_ht, f.last_year_ht),
    ),
    Kpi(
        "like_for_like", _("Like-for-like growth on last year"),
        _(
            "growth_last_year of the stores open in both periods and 53 weeks before, without the"
            " days on which they were closed in either"
        ),
        Unit.FRACTION, HT, OPENINGS, lambda f: growth(f.comparable_ht, f.comparable_last_year_ht),
        dimensions=STORES_AND_TIME,
    ),
)  # fmt: skip

REGISTRY: Final[Mapping[str, Kpi]] = MappingProxyType(
    {kpi.code: kpi for kpi in (*_KPIS, *stock.KPIS)}
)
OF_SALES: Final = tuple(kpi.code for kpi in _KPIS)
"""What doors answer that are asked for no figure by name; those of stock have to be."""
DEPEND_ON_TODAY: Final = frozenset({
    "attainment_to_date", "target_gap", "projection", "projection_linear", "required_per_day",
    "required_per_weight",
})  # fmt: skip
"""Figures that change when a day is over, though the data do not."""
NOT_AS_KNOWN: Final = stock.CODES | {kpi.code for kpi in _KPIS if kpi.sources is TARGETS}
"""Figures of more than the ledger of sales: n/a as known at a moment."""


NEEDS_FOOTFALL: Final = frozenset({"footfall", "conversion"})
NEEDS_LABOUR: Final = frozenset({"labour_hours", "sales_per_labour_hour"})
NEEDS_AREA: Final = frozenset({"sales_density"})


class _Watched(Figures):
    """Notes which sums a formula reads; with every one known, none is left out."""

    __slots__ = ("read",)

    def __init__(self) -> None:
        object.__setattr__(self, "read", set())
        super().__init__(**dict.fromkeys(SUMS, 1))  # type: ignore[arg-type]

    def __getattribute__(self, name: str) -> Any:
        if name in SUMS:
            object.__getattribute__(self, "read").add(name)
        return object.__getattribute__(self, name)


@cache
def sums_behind(code: str) -> frozenset[str]:
    """The sums of the period that the formula of a key figure is made of."""
    figures = _Watched()
    REGISTRY[code].of(figures)
    return frozenset(figures.read)
