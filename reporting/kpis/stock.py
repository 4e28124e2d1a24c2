"""The key figures of stock. Their formulas are those of the retail canon, over `StockSums`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from inventory.selectors.stock_sums import StockSums
from reporting.kpis.figures import EXACT, Figures, ratio
from reporting.kpis.kpi import EVERYWHERE, IN_TIME, Kpi, TaxBasis, Unit

HT, NO_TAX = TaxBasis.HT, TaxBasis.NONE
LEDGER: Final = "stock ledger"
DAYS: Final = "days of stock"
STOCK: Final = (LEDGER,)
WITH_SALES: Final = (LEDGER, "sales ledger")
OF_DAYS: Final = (LEDGER, DAYS)
IN_SPACE: Final = EVERYWHERE - IN_TIME
YEAR: Final = 365
Sums = Callable[[StockSums], Decimal | None]


def value(of: StockSums) -> Decimal | None:
    """At cost; None where something is there and the cost of nothing of it is known."""
    return None if of.on_hand and not of.costed and not of.value else of.value


def average(of: StockSums) -> Decimal | None:
    """The mean of the daily closings; None where no cost is known."""
    known = of.costed or of.costed_before or of.value_days or not (of.on_hand or of.on_hand_before)
    return ratio(of.value_days, of.days) if known else None


def cost(of: StockSums) -> Decimal | None:
    return None if of.sold and not of.sold_costed else of.cost


def lost(of: StockSums) -> Decimal | None:
    return None if of.lost and not of.lost_costed else of.lost_value


def missing(of: StockSums) -> Decimal | None:
    return None if of.missing and not of.missing_costed else of.missing_value


def shrink(of: StockSums) -> Decimal | None:
    known, unknown = lost(of), missing(of)
    return None if known is None or unknown is None else known + unknown


def turn(of: StockSums) -> Decimal | None:
    """COGS / average inventory × 365 / days, where Σ of the closings is average × days."""
    return _by_positive(_yearly(cost(of)), of.value_days)


def _yearly(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else EXACT.multiply(amount, Decimal(YEAR))


def _by_positive(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return ratio(part, whole) if whole is not None and whole > 0 else None


def _of(formula: Sums) -> Callable[[Figures], Decimal | None]:
    """Nothing is known of the time before the ledger of stock."""

    def told(figures: Figures) -> Decimal | None:
        stock = figures.stock
        return formula(stock) if stock is not None and stock.days else None

    return told


def _gmroi(figures: Figures) -> Decimal | None:
    yearly = _yearly(figures.margin_ht)
    return _of(lambda of: _by_positive(yearly, of.value_days))(figures)


def _shrink_rate(figures: Figures) -> Decimal | None:
    sales = figures.net_ht
    return _of(lambda of: _by_positive(shrink(of), sales))(figures)


KPIS: Final = (
    Kpi(
        "stock_value", _("Stock value at cost"),
        _("Σ value of all movements up to the end of the last day, of goods whose cost is known"),
        Unit.MONEY, HT, STOCK, _of(value), on_request=True,
    ),
    Kpi(
        "stock_units", _("Units on hand"),
        _(
            "Σ quantity of all movements up to the end of the last day, of goods counted in pieces;"
            " of one product in its own unit"
        ),
        Unit.QUANTITY, NO_TAX, STOCK, _of(lambda s: s.pieces),
        on_request=True,
    ),
    Kpi(
        "stock_cost_coverage", _("Cost coverage of stock"),
        _("products on hand in a store whose cost is known / products on hand in a store"),
        Unit.FRACTION, NO_TAX, STOCK, _of(lambda s: ratio(s.stocked_costed, s.stocked)),
        dimensions=IN_SPACE, on_request=True,
    ),
    Kpi(
        "stock_average", _("Average stock at cost"),
        _("Σ stock value as each day ended / days, since the ledger of stock began"),
        Unit.MONEY, HT, STOCK, _of(average), on_request=True,
    ),
    Kpi(
        "stock_cogs", _("Cost of goods that left by sale"),
        _("Σ value of what sales took less what customers brought back, where its cost is known"),
        Unit.MONEY, HT, STOCK, _of(cost), on_request=True,
    ),
    Kpi(
        "stock_cogs_coverage", _("Cost coverage of what left by sale"),
        _("units sold whose cost was known as they left / units sold, net of returns"),
        Unit.FRACTION, NO_TAX, STOCK, _of(lambda s: _by_positive(s.pieces_costed, s.pieces_sold)),
        on_request=True,
    ),
    Kpi(
        "stock_turn", _("Stock turn"),
        _("stock_cogs / stock_average × 365 / days"), Unit.PER, HT, STOCK, _of(turn),
        on_request=True,
    ),
    Kpi(
        "stock_days", _("Days of inventory"),
        _("stock_average / stock_cogs × days"), Unit.PER, HT, STOCK,
        _of(lambda s: _by_positive(s.value_days, cost(s))),
        on_request=True,
    ),
    Kpi(
        "gmroi", _("Gross margin return on stock"),
        _("gross_margin × 365 / days / stock_average"), Unit.PER, HT, WITH_SALES, _gmroi,
        on_request=True,
    ),
    Kpi(
        "sell_through", _("Sell-through"),
        _(
            "units sold net of returns / (units as the first day began + opened and received"
            " + transferred in − sent back − transferred out)"
        ),
        Unit.FRACTION, NO_TAX, STOCK,
        _of(lambda s: _by_positive(s.pieces_sold, s.pieces_before + s.pieces_arrived)),
        on_request=True,
    ),
    Kpi(
        "days_of_cover", _("Days of cover"),
        _(
            "sellable as the last day ended / daily sales of the last 28 in-stock trading days,"
            " of goods whose daily sales are known"
        ),
        Unit.PER, NO_TAX, OF_DAYS, _of(lambda s: _by_positive(s.covered, s.demand)),
        dimensions=IN_SPACE, on_request=True,
    ),
    Kpi(
        "stock_out_rate", _("Stock-out rate"),
        _(
            "trading days that a product of the store could not be bought / trading days since the"
            " store first had it, over all active products"
        ),
        Unit.FRACTION, NO_TAX, OF_DAYS, _of(lambda s: ratio(s.out_days, s.ranged_days)),
        dimensions=IN_SPACE, on_request=True,
    ),
    Kpi(
        "on_shelf_availability", _("On-shelf availability"),
        _("1 − stock_out_rate"), Unit.FRACTION, NO_TAX, OF_DAYS,
        _of(lambda s: None if (rate := ratio(s.out_days, s.ranged_days)) is None else 1 - rate),
        dimensions=IN_SPACE, on_request=True,
    ),
    Kpi(
        "shrink_known", _("Known shrink at cost"),
        _("Σ value of damage, expiry, theft and loss, of goods whose cost is known; a loss is > 0"),
        Unit.MONEY, HT, STOCK, _of(lost), on_request=True,
    ),
    Kpi(
        "shrink_unknown", _("Unknown shrink at cost"),
        _("Σ (book − counted) × cost at counts, of goods whose cost is known; a loss is > 0"),
        Unit.MONEY, HT, STOCK, _of(missing), on_request=True,
    ),
    Kpi(
        "shrink_rate", _("Shrinkage rate"),
        _("(shrink_known + shrink_unknown) / net_sales"),
        Unit.FRACTION, HT, WITH_SALES, _shrink_rate, on_request=True,
    ),
)  # fmt: skip
CODES: Final = frozenset(kpi.code for kpi in KPIS)
ONLY_STOCK: Final = frozenset(kpi.code for kpi in KPIS if kpi.sources != WITH_SALES)
OF_COSTS: Final = frozenset(kpi.code for kpi in KPIS if kpi.made_of_money)
"""For those who may see costs."""
NEEDS_DEMAND: Final = frozenset({"days_of_cover"})
NEEDS_OUT: Final = frozenset({"stock_out_rate", "on_shelf_availability"})
