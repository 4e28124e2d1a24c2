"""Questions about products. They are the whole chain's: whoever sees a store sees all of them."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import Lower

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import Barcode, Product


def products_visible_to(principal: Principal) -> QuerySet[Product]:
    """Every product, for whoever sees at least one store."""
    scope = scope_of(principal)
    products = Product.objects.all()
    return products if scope.all_stores or scope.store_ids else products.none()


def with_barcodes(products: QuerySet[Product]) -> QuerySet[Product]:
    """`products`, each with `barcode_list`, sorted."""
    codes = Barcode.objects.filter(product=OuterRef("pk")).order_by("code").values("code")
    return products.annotate(barcode_list=ArraySubquery(codes))


def by_folded_sku(products: QuerySet[Product]) -> QuerySet[Product]:
    """`products`, each with `folded_sku`, by which an index sorts and finds them."""
    return products.annotate(folded_sku=Lower("sku"))
