"""One sale with its lines and how it was paid, and as its pages write it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from epm.access.selectors.scope import Principal
from epm.platform import shown
from sales.models import LineKind, Sale, SaleLine, Tender
from sales.selectors.references import with_reference
from sales.selectors.sales import lines_of, sales_visible_to, tenders_of

NAMED = ("store", "register", "cashier", "customer", "corrects", "corrected_by", "ticket")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line in the language of the page. No discount is no text."""

    line: SaleLine
    quantity: str
    unit_price: str
    discounts: str
    net_ttc: str
    net_ht: str
    rate: str

    @property
    def is_outside(self) -> bool:
        """Whether it is in no figure: a fee, a tip, cash rounding, a gift card sold."""
        return self.line.kind != LineKind.ITEM


@dataclass(frozen=True, slots=True)
class Receipt:
    """`lines` in their order, each with its product, which only goods and fees have."""

    sale: Sale
    lines: list[SaleLine]
    tenders: list[Tender]

    @property
    def goods(self) -> list[SaleLine]:
        return [line for line in self.lines if line.kind == LineKind.ITEM]

    @property
    def corrected_by(self) -> Sale | None:
        return getattr(self.sale, "corrected_by", None)

    @property
    def shown_lines(self) -> list[ShownLine]:
        return [_shown(line, self.sale.currency) for line in self.lines]

    @property
    def shown_tenders(self) -> list[tuple[str, str]]:
        """Kind and amount."""
        currency = self.sale.currency
        return [
            (tender.get_kind_display(), shown.amount(tender.amount, currency=currency))
            for tender in self.tenders
        ]


def _shown(line: SaleLine, currency: str) -> ShownLine:
    discounts: Decimal = (
        line.discount_shelf + line.discount_loyalty + line.discount_coupon + line.discount_manual
    )
    return ShownLine(
        line=line,
        quantity=shown.exact(line.quantity),
        unit_price=shown.exact(line.unit_price, at_least=2),
        discounts=shown.amount(discounts, currency=currency) if discounts else "",
        net_ttc=shown.amount(line.net_ttc, currency=currency),
        net_ht=shown.amount(line.net_ht, currency=currency),
        rate=shown.percent(line.tax_rate),
    )


def receipt_visible_to(principal: Principal, *, sale_id: UUID) -> Receipt | None:
    """Three queries; None for a sale that is not there or not to be seen."""
    sales = with_reference(sales_visible_to(principal)).select_related(*NAMED)
    sale = sales.filter(pk=sale_id).first()
    if sale is None:
        return None
    lines = lines_of(sale.pk, sold_at=sale.sold_at).select_related("product")
    return Receipt(sale=sale, lines=list(lines), tenders=list(tenders_of(sale.pk)))
