"""From the words of a request to ids, and back to words for whoever asked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from epm.access.selectors.scope import Principal, scope_of
from epm.platform.bodies import not_found
from epm.platform.refusals import Refusal
from epm.platform.writes import WriteEndpoint, credential
from inventory.api.stock_bodies import word_of
from inventory.selectors import names
from inventory.selectors.names import Word
from inventory.selectors.stocktakes import products_of as products_coded
from inventory.services.retelling import in_names, short_told
from inventory.services.stock_refusals import InsufficientStock
from inventory.services.stocktake_refusals import UnknownCode

Lines = Sequence[Mapping[str, Any]]
POSTINGS = UUID("3c0e7f0a-4f4b-5d0c-9c53-9f1d2f6f2a11")
"""The name space of acts that are named by their Idempotency-Key."""


def resolved(
    principal: Principal, *, store: Word, lines: Lines, trusting: bool = False
) -> tuple[int, list[int]]:
    """The ids of a store in scope and of the products of `lines`, in one query.

    `trusting`: an id of a product, or of a store in scope, is taken as it is, though it may be of
    nothing; a request of ids alone then costs no query. Raise ValidationError for what is absent.
    """
    return look_up(principal, [(store, lines)], trusting=trusting).ids_of(store, lines)


@dataclass(frozen=True, slots=True)
class Found:
    """The stores in scope and the products that a request has named."""

    stores: Mapping[Word, int]
    products: Mapping[Word, int]
    skus: Mapping[int, str]
    """Of the products that were looked up."""

    def ids_of(self, store: Word, lines: Lines) -> tuple[int, list[int]]:
        """Raise ValidationError for what is absent."""
        asked = [word_of(line) for line in lines]
        wrong = absent_lines(asked, self.products)
        if store not in self.stores:
            wrong["store"] = not_found()
        if wrong:
            raise ValidationError(wrong)
        return self.stores[store], [self.products[word] for word in asked]


def look_up(
    principal: Principal, wanted: Iterable[tuple[Word, Lines]], *, trusting: bool = False
) -> Found:
    """What many stores and lines name, in one query; `trusting` as above."""
    stores: dict[Word, int | None] = {}
    products: dict[Word, int | None] = {}
    allows = scope_of(principal).allows
    for store, lines in wanted:
        stores[store] = store if trusting and isinstance(store, int) and allows(store) else None
        for line in lines:
            word = word_of(line)
            products[word] = word if trusting and isinstance(word, int) else None
    found = names.named(
        principal,
        stores=[word for word, known in stores.items() if known is None],
        products=[word for word, known in products.items() if known is None],
    )
    return Found(_known(stores) | found.store_ids, _known(products) | found.product_ids, found.skus)


def _known(words: Mapping[Word, int | None]) -> dict[Word, int]:
    return {word: known for word, known in words.items() if known is not None}


def absent_lines(asked: Sequence[Word], known: Collection[Word]) -> dict[str, Any]:
    """What to say of the lines whose word is of nothing known."""
    missing = {
        number: {"product" if isinstance(word, int) else "sku": not_found()}
        for number, word in enumerate(asked)
        if word not in known
    }
    return {"lines": missing} if missing else {}


def products_of(principal: Principal, lines: Lines) -> list[int]:
    """The ids of the products that lines name by id, SKU or scanned code, in their order.

    Raise ValidationError for what is absent, UnknownCode for a code of nothing.
    """
    codes = [line["code"] for line in lines if "code" in line]
    coded = products_coded(codes) if codes else {}
    for code in codes:
        if code not in coded:
            raise UnknownCode(_("No product has the code %(code)s.") % {"code": code}, code=code)
    asked = [coded[line["code"]] if "code" in line else word_of(line) for line in lines]
    found = names.named(principal, products=asked).product_ids
    if wrong := absent_lines(asked, found):
        raise ValidationError(wrong)
    return [found[word] for word in asked]


def skus_of(principal: Principal, products: Collection[int]) -> Mapping[int, str]:
    """The SKUs of these products, by id."""
    return names.named(principal, products=products).skus


class NamedWrite(WriteEndpoint):
    """A write whose refusals name a product by id and SKU, and a store by its code."""

    def retold(self, refusal: Refusal) -> Refusal | ValidationError:
        return in_names(refusal=refusal, principal=self.request.user)


class StockWrite(NamedWrite):
    """A write of stock: whose it is, and what a refusal of the ledger is in the API's words."""

    @property
    def holder(self) -> str:
        """Whoever holds a basket is the credential that held it."""
        return credential(self.request.user)[0]

    def posting(self, said: Mapping[str, Any]) -> UUID:
        """The key of the act: as told, or made of the request's own key."""
        given: UUID | None = said.get("posting")
        if given is not None:
            return given
        key = self.request.headers["Idempotency-Key"]
        return uuid5(POSTINGS, "\n".join((self.holder, self.request.path, key)))

    def retold(self, refusal: Refusal) -> Refusal | ValidationError:
        if not isinstance(refusal, InsufficientStock):
            return super().retold(refusal)
        said: Any = self.request.data
        return in_words(refusal, self.request.user, lines=said.get("lines", ()))


def in_words(
    refusal: InsufficientStock, principal: Principal, *, lines: Lines
) -> Refusal | ValidationError:
    """What a store cannot fill of `lines`, by SKU and code; what does not exist is not found."""
    short: Any = refusal.facts["lines"]
    stores = {int(line["store"]) for line in short}
    products = {int(line["product"]) for line in short}
    known = names.named(principal, stores=stores, products=products)
    if stores - known.codes.keys():
        return ValidationError({"store": not_found()})
    if absent := products - known.skus.keys():
        asked = [word_of(line) for line in lines]
        return ValidationError(absent_lines(asked, set(asked) - absent))
    return InsufficientStock(
        refusal.detail, lines=[short_told(line=line, known=known) for line in short]
    )
