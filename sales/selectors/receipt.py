"""One sale with its lines and how it was paid."""

from dataclasses import dataclass
from uuid import UUID

from epm.access.selectors.scope import Principal, stores_visible_to
from sales.models import LineKind, Sale, SaleLine, Tender
from sales.selectors.sales import lines_of, sales_visible_to, tenders_of

NAMED = ("store", "register", "cashier", "customer", "corrects", "corrected_by")


@dataclass(frozen=True, slots=True)
class Receipt:
    """`lines` in their order, each with its product; fees are lines too."""

    sale: Sale
    lines: list[SaleLine]
    tenders: list[Tender]

    @property
    def goods(self) -> list[SaleLine]:
        return [line for line in self.lines if line.kind == LineKind.ITEM]

    @property
    def corrected_by(self) -> Sale | None:
        return getattr(self.sale, "corrected_by", None)


def ids_by_reference(principal: Principal, *, reference: str, most: int) -> list[UUID]:
    """Visible sales with that reference, latest first, found by the index of each store."""
    stores = stores_visible_to(principal).order_by().values("pk")
    found = Sale.objects.filter(store__in=list(stores.values_list("pk", flat=True)))
    return list(
        found.filter(external_ref=reference).order_by("-pk").values_list("pk", flat=True)[:most]
    )


def receipt_visible_to(principal: Principal, *, sale_id: UUID) -> Receipt | None:
    """Three queries; None for a sale that is not there or not to be seen."""
    sale = sales_visible_to(principal).select_related(*NAMED).filter(pk=sale_id).first()
    if sale is None:
        return None
    lines = lines_of(sale.pk, sold_at=sale.sold_at).select_related("product")
    return Receipt(sale=sale, lines=list(lines), tenders=list(tenders_of(sale.pk)))
