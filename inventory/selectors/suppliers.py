"""Questions about suppliers. They are the whole chain's, as products are."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import ApprovalLimit, Product, Supplier, SupplierProduct
from inventory.models.product import UnitOfMeasure

THOUSANDTH = Decimal("0.001")


def suppliers_visible_to(principal: Principal) -> QuerySet[Supplier]:
    """Every supplier, for whoever sees at least one store."""
    scope = scope_of(principal)
    suppliers = Supplier.objects.all()
    return suppliers if scope.all_stores or scope.store_ids else suppliers.none()


def supplied_visible_to(principal: Principal) -> QuerySet[SupplierProduct]:
    """What suppliers sell, for whoever sees at least one store."""
    scope = scope_of(principal)
    supplied = SupplierProduct.objects.all()
    return supplied if scope.all_stores or scope.store_ids else supplied.none()


def limits_visible_to(principal: Principal) -> QuerySet[ApprovalLimit]:
    """Who may approve how much, for whoever sees at least one store."""
    scope = scope_of(principal)
    limits = ApprovalLimit.objects.all()
    return limits if scope.all_stores or scope.store_ids else limits.none()


@dataclass(frozen=True, slots=True)
class Offer:
    """How a product can be bought of a supplier. Quantities in the product's unit, prices of one
    unit excl. tax in the supplier's currency, None: not known."""

    product_id: int
    supplier_sku: str
    pack_size: Decimal
    minimum_quantity: Decimal
    price: Decimal | None
    breaks: tuple[tuple[Decimal, Decimal], ...]
    """From which quantity on at which price, from the smallest."""
    lead_time_days: int | None

    def orderable(self, wanted: Decimal) -> Decimal:
        """The least quantity that can be ordered to have `wanted`: whole packs, the minimum."""
        packs = max(wanted, self.minimum_quantity) / self.pack_size
        return packs.to_integral_value(rounding=ROUND_CEILING) * self.pack_size

    def price_of(self, quantity: Decimal) -> Decimal | None:
        """What one unit costs when so many are ordered."""
        reached = [price for start, price in self.breaks if start <= quantity]
        return reached[-1] if reached else self.price


def offers(*, supplier_id: int, product_ids: Collection[int]) -> dict[int, Offer]:
    """By product, how this supplier sells it.

    A product that is there but not on the supplier's list is sold singly (by the thousandth of a
    unit that is not the piece), at a price that is not known; one that is not there is absent.
    """
    supplied = {
        each.product_id: each
        for each in SupplierProduct.objects.filter(
            supplier=supplier_id, product__in=product_ids
        ).select_related("supplier").prefetch_related("price_breaks")
    }  # fmt: skip
    lead_time = Supplier.objects.values_list("lead_time_days", flat=True).get(pk=supplier_id)
    products = Product.objects.filter(pk__in=product_ids).only("id", "unit")
    return {
        product.pk: _offer(product, supplied.get(product.pk), lead_time) for product in products
    }


def _offer(product: Product, listed: SupplierProduct | None, lead_time: int | None) -> Offer:
    if listed is None:
        single = Decimal(1) if product.unit == UnitOfMeasure.PIECE else THOUSANDTH
        return Offer(product.pk, "", single, Decimal(0), None, (), lead_time)
    own = listed.lead_time_days
    return Offer(
        product_id=product.pk,
        supplier_sku=listed.supplier_sku,
        pack_size=listed.pack_size,
        minimum_quantity=listed.minimum_quantity,
        price=listed.price,
        breaks=tuple(
            sorted((each.from_quantity, each.price) for each in listed.price_breaks.all())
        ),
        lead_time_days=lead_time if own is None else own,
    )
