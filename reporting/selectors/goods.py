"""The product that figures are asked of."""

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from epm.access.selectors.scope import Principal
from epm.platform.refusals import Kind, Refusal
from inventory.selectors.products import ProductCard, one_visible_to, products_visible_to


class UnknownProduct(Refusal):
    code = "reporting/unknown-product"
    title = "There is no such product"
    kind = Kind.MISSING


def visible_product(principal: Principal, *, product_id: int) -> ProductCard:
    """The product as every door shows it. Raise UnknownProduct."""
    found = one_visible_to(principal, product_id=product_id)
    if found is None:
        raise UnknownProduct(
            _("There is no product %(number)d.") % {"number": product_id}, product=product_id
        )
    return found


def product_by_sku(principal: Principal, *, sku: str) -> int:
    """Its id; told apart without case. Raise UnknownProduct."""
    products = products_visible_to(principal).annotate(folded=Lower("sku"))
    found = products.filter(folded=sku.lower()).first()
    if found is None:
        raise UnknownProduct(_("There is no product “%(sku)s”.") % {"sku": sku}, product=sku)
    return int(found.pk)
