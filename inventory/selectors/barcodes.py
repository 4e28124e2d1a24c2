"""What a scan means: which product, how much of it, and at what price if the code says so."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from biip.checksums import gs1_price_weight_check_digit
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors.scope import Principal, scope_of
from epm.organization.models import Store
from epm.platform import money
from epm.platform.refusals import Kind, Refusal
from inventory import gtins
from inventory.models import Barcode, Embedded, EmbeddedBarcodeRule, UnitOfMeasure
from inventory.selectors.prices import business_day, prices_of

FINEST: Final = Decimal("0.001")
KILOGRAMS: Final = {UnitOfMeasure.KILOGRAM: Decimal(1), UnitOfMeasure.GRAM: Decimal(1000)}
"""The units a weight in kg can be told in, and how many of them are in one."""
LONGEST: Final = 64


class UnknownBarcode(Refusal):
    code = "inventory/unknown-barcode"
    title = gettext_lazy("No product has this barcode")
    kind = Kind.MISSING


class WrongCheckDigit(Refusal):
    code = "inventory/wrong-check-digit"
    title = gettext_lazy("The check digit is wrong")
    kind = Kind.INVALID


class EmbeddedValueUnusable(Refusal):
    code = "inventory/embedded-value-unusable"
    title = gettext_lazy("What the barcode holds does not fit the product")
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Scan:
    """A product and how much of it one scan means.

    `quantity` counts the product's unit; None: the code holds a price and the product's own is not
    known. `price` is what the code itself says all of it costs, tax included, in the currency of
    the store; None: it says none. `sale_price` is what one unit costs there and then, tax included.
    """

    product_id: int
    sku: str
    name: str
    unit: str
    is_active: bool
    sale_price: Decimal | None
    barcode: str
    kind: str
    pack_size: Decimal
    quantity: Decimal | None
    price: Decimal | None = None
    currency: str | None = None
    rule: str | None = None


def barcodes_visible_to(principal: Principal) -> QuerySet[Barcode]:
    """Every barcode, for whoever sees at least one store."""
    scope = scope_of(principal)
    barcodes = Barcode.objects.all()
    return barcodes if scope.all_stores or scope.store_ids else barcodes.none()


def products_coded(code: str) -> QuerySet[Barcode, Any]:
    """The ids of the products that have this barcode, in whichever form it is written."""
    return Barcode.objects.filter(code__in=gtins.forms_of(code)).values("product")


def scanned(principal: Principal, *, code: str, store: Store | None, at: datetime) -> Scan:
    """What the scan of `code` in `store` means. A price in it has the store's currency, incl. tax.

    The product costs what the price lists of the store say for the business day of `at`; without a
    store, its own sale price.
    A code somebody gave a product wins over any rule. Where a code holds a price only, the quantity
    of what is weighed is that price divided by the product's, rounded half up to 3 decimals.
    Raise UnknownBarcode, WrongCheckDigit, EmbeddedValueUnusable.
    """
    code = code.strip()
    if len(code) > LONGEST or not code.isprintable():
        raise UnknownBarcode(_("No product has such a barcode."))
    known = _known(principal, code)
    if known is not None:
        return _priced(_plain(known), store, at)
    if gtins.looks_like_one(code) and not gtins.is_right(code):
        raise WrongCheckDigit(
            _("“%(code)s” should end in %(digit)s: scan it again.")
            % {"code": code, "digit": gtins.right_digit(code)},
            barcode=code,
        )
    read = _by_rule(principal, code, store, at)
    if read is None:
        raise UnknownBarcode(
            _("No product has the barcode “%(code)s”.") % {"code": code}, barcode=code
        )
    return read


def _known(principal: Principal, code: str) -> Barcode | None:
    """The barcode as it is written, else the same GTIN in another form."""
    forms = gtins.forms_of(code)
    rows = barcodes_visible_to(principal).filter(code__in=forms).select_related("product")
    found = sorted(rows, key=lambda row: forms.index(row.code))
    return found[0] if found else None


def _plain(barcode: Barcode) -> Scan:
    product = barcode.product
    return Scan(
        product_id=product.pk,
        sku=product.sku,
        name=product.name,
        unit=product.unit,
        is_active=product.is_active,
        sale_price=product.sale_price,
        barcode=barcode.code,
        kind=barcode.kind,
        pack_size=barcode.pack_size,
        quantity=barcode.pack_size,
    )


def _priced(scan: Scan, store: Store | None, at: datetime) -> Scan:
    if store is None:
        return scan
    (here,) = prices_of([scan.product_id], store.pk, business_day(store, at=at))
    return replace(scan, currency=store.currency, sale_price=here.price)


def _by_rule(principal: Principal, code: str, store: Store | None, at: datetime) -> Scan | None:
    """The reading of a scale's code; None where no rule or no product is meant."""
    if not gtins.is_right(code):
        return None
    ean = code.lstrip("0").zfill(13)  # a scale's UPC-A 2… is the EAN-13 02…
    rule = _rule_of(ean) if len(ean) == 13 else None
    if rule is None:
        return None
    item_ends = len(rule.prefix) + rule.item_digits
    value = ean[12 - rule.value_digits : 12]
    _refuse_misread(rule, ean=ean, value=value)
    items = barcodes_visible_to(principal).select_related("product")
    barcode = items.filter(code=ean[:item_ends]).first()
    if barcode is None:
        return None
    scan = replace(_priced(_plain(barcode), store, at), rule=rule.name)
    return _with_value(scan, rule.embeds, Decimal(value).scaleb(-rule.value_decimals))


def _rule_of(ean: str) -> EmbeddedBarcodeRule | None:
    prefixes = [ean[:length] for length in range(2, 7)]
    rules = EmbeddedBarcodeRule.objects.filter(is_active=True, prefix__in=prefixes)
    return rules.first()  # no two active ones overlap


def _refuse_misread(rule: EmbeddedBarcodeRule, *, ean: str, value: str) -> None:
    if not rule.value_check:
        return
    should_be = gs1_price_weight_check_digit(value)
    if int(ean[12 - rule.value_digits - 1]) != should_be:
        raise WrongCheckDigit(
            _("The verifier before %(value)s should be %(digit)s: scan it again.")
            % {"value": value, "digit": should_be},
            barcode=ean,
        )


def _with_value(scan: Scan, embeds: str, value: Decimal) -> Scan:
    if not value:
        raise EmbeddedValueUnusable(_("The barcode holds nothing: 0."), sku=scan.sku)
    if embeds == Embedded.PRICE:
        return _with_price(scan, value)
    if embeds == Embedded.QUANTITY:
        return replace(scan, quantity=_fine(value * scan.pack_size))
    per_kilogram = KILOGRAMS.get(UnitOfMeasure(scan.unit))
    if per_kilogram is None:
        raise EmbeddedValueUnusable(
            _("The barcode holds a weight, but %(sku)s is not sold by weight.") % {"sku": scan.sku},
            sku=scan.sku,
        )
    return replace(scan, quantity=_fine(value * per_kilogram))


def _with_price(scan: Scan, price: Decimal) -> Scan:
    if scan.currency and price != money.rounded(price, currency=scan.currency):
        raise EmbeddedValueUnusable(
            _("%(price)s is no amount in %(currency)s.")
            % {"price": price, "currency": scan.currency},
            sku=scan.sku,
        )
    if scan.unit == UnitOfMeasure.PIECE:
        return replace(scan, price=price)
    quantity = _fine(price / scan.sale_price) if scan.sale_price else None
    return replace(scan, price=price, quantity=quantity or None)


def _fine(quantity: Decimal) -> Decimal:
    return quantity.quantize(FINEST, rounding=ROUND_HALF_UP)
