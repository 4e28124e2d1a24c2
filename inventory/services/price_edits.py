"""Edits of many prices in one go, and their undoing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from epm.access.models import User
from epm.platform.refusals import Kind, Refusal
from inventory.models import PriceEdit, PriceEditRow, PriceList, PriceListItem, Product
from inventory.selectors import price_grid
from inventory.selectors.price_grid import Wish

Change = tuple[int, Decimal | None, Decimal | None]
"""Product, price before, price after; tax included."""
# One statement however many rows.
OF_CHAIN: Final = """
    UPDATE inventory_product p SET sale_price = wanted.price
    FROM unnest(%s::bigint[], %s::numeric[]) AS wanted (product_id, price)
    WHERE p.id = wanted.product_id
"""
OF_LIST: Final = """
    INSERT INTO inventory_pricelistitem (price_list_id, product_id, price)
    SELECT %s, wanted.product_id, wanted.price
    FROM unnest(%s::bigint[], %s::numeric[]) AS wanted (product_id, price)
    ORDER BY wanted.product_id
    ON CONFLICT ON CONSTRAINT price_list_item_once_per_list DO UPDATE SET price = excluded.price
"""


class PricesMoved(Refusal):
    code = "inventory/prices-moved"
    title = _("Prices changed since the preview")


class NothingToChange(Refusal):
    code = "inventory/nothing-to-change"
    title = _("No price would change")
    kind = Kind.INVALID


class AlreadyUndone(Refusal):
    code = "inventory/edit-already-undone"
    title = _("This edit was undone already")


class NothingToUndo(Refusal):
    code = "inventory/nothing-to-undo"
    title = _("Every price of this edit was changed since")


class NoSuchEdit(Refusal):
    code = "inventory/no-such-price-edit"
    title = _("There is no such edit of prices")
    kind = Kind.MISSING


@transaction.atomic
def apply(*, key: UUID, wish: Wish, seal: str, by: User, now: datetime) -> PriceEdit:
    """Change the prices (tax included) that the preview with this seal showed, and no others.

    Calling again with the same key is harmless: the edit made by it is given. Raise PricesMoved
    when the same wish comes to something else by now, NothingToChange, TooManyProducts.
    """
    _lock(wish.price_list, wish.product_ids)
    done = PriceEdit.objects.filter(key=key).first()
    if done is not None:
        return done
    preview = price_grid.preview(wish, on=now.date())
    if preview.seal != seal:
        raise PricesMoved(_("Somebody changed prices in the meantime. Look at the preview again."))
    changes = [(row.product_id, row.old, row.new) for row in preview.changed]
    if not changes:
        raise NothingToChange(_("The formula and the typed prices change nothing."))
    typed = sum(row.is_typed for row in preview.changed)
    return _write(
        PriceEdit(
            key=key,
            price_list=wish.price_list,
            formula={**wish.formula.as_json(), "typed": typed},
            changed=len(changes),
            by=by,
            made_at=now,
        ),
        changes,
    )


@transaction.atomic
def undo(*, edit_id: int, key: UUID, by: User, now: datetime) -> PriceEdit:
    """Give every price of an edit that nobody changed since its value of before, in a new edit.

    Prices changed since stay: the new edit holds fewer rows then. Raise NoSuchEdit, AlreadyUndone,
    NothingToUndo.
    """
    edit = PriceEdit.objects.select_related("price_list").filter(pk=edit_id).first()
    if edit is None:
        raise NoSuchEdit(_("There is no such edit of prices."))
    rows = list(edit.rows.order_by("product_id").values_list("product_id", "old", "new"))
    _lock(edit.price_list, [product_id for product_id, _old, _new in rows])
    undone = PriceEdit.objects.filter(undoes=edit).first()
    if undone is not None:
        raise AlreadyUndone(
            _("Edit %(edit)s was undone by edit %(by)s.") % {"edit": edit.pk, "by": undone.pk}
        )
    current = _current(edit.price_list, [product_id for product_id, _old, _new in rows])
    back: list[Change] = [
        (product_id, new, old) for product_id, old, new in rows if current.get(product_id) == new
    ]
    if not back:
        raise NothingToUndo(_("Every price of this edit was changed since: nothing is undone."))
    return _write(
        PriceEdit(
            key=key,
            price_list=edit.price_list,
            formula={"how": "undo"},
            changed=len(back),
            undoes=edit,
            by=by,
            made_at=now,
        ),
        back,
    )


def _lock(price_list: PriceList | None, product_ids: Collection[int]) -> None:
    """The products in order, or the list: whoever edits the same prices waits here."""
    if price_list is None:
        rows = Product.objects.filter(pk__in=product_ids).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))
    else:
        list(PriceList.objects.filter(pk=price_list.pk).select_for_update(no_key=True))
        items = PriceListItem.objects.filter(price_list=price_list, product__in=product_ids)
        list(items.order_by("product_id").select_for_update(no_key=True).values_list("pk"))


def _current(
    price_list: PriceList | None, product_ids: Collection[int]
) -> Mapping[int, Decimal | None]:
    if price_list is None:
        products = Product.objects.filter(pk__in=product_ids)
        return dict(products.values_list("pk", "sale_price"))
    items = PriceListItem.objects.filter(price_list=price_list, product__in=product_ids)
    return dict[int, Decimal | None](items.values_list("product_id", "price"))


def _write(edit: PriceEdit, changes: Sequence[Change]) -> PriceEdit:
    products, _before, after = zip(*changes, strict=True)
    with connection.cursor() as cursor:
        if edit.price_list is None:
            cursor.execute(OF_CHAIN, [list(products), list(after)])
        else:
            _write_list(edit.price_list, changes)
    edit.save(force_insert=True)
    PriceEditRow.objects.bulk_create(
        PriceEditRow(edit=edit, product_id=product_id, old=old, new=new)
        for product_id, old, new in changes
    )
    return edit


def _write_list(price_list: PriceList, changes: Sequence[Change]) -> None:
    """A price of none takes the product off the list."""
    gone = [product_id for product_id, _old, new in changes if new is None]
    said = [(product_id, new) for product_id, _old, new in changes if new is not None]
    if gone:
        PriceListItem.objects.filter(price_list=price_list, product__in=gone).delete()
    if said:
        products, prices = zip(*said, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(OF_LIST, [price_list.pk, list(products), list(prices)])
