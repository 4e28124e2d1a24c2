"""The card of a product in a store, as its page writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.step_chart import StepChart, step_chart
from inventory.models import MovementKind, StockLevel, StockMovement, UnitOfMeasure
from inventory.selectors import proof, stock_card
from inventory.selectors.products import unit_name
from inventory.selectors.purchase_orders import EXPECTED
from inventory.selectors.transfers import WAITING_FOR_DESTINATION

PER_PAGE: Final = 50
MOST_PROMISED: Final = 20


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """What a movement was written for; `href` where that has a page."""

    name: str
    ref: str
    href: str


@dataclass(frozen=True, slots=True)
class ShownMovement:
    """A movement in the language of the page. What the reader may not see is empty."""

    movement: StockMovement
    href: str
    at: str
    kind: str
    quantity: str
    blocked: str
    balance: str
    by_date: str
    document: DocumentLink | None
    unit_cost: str
    value: str


@dataclass(frozen=True, slots=True)
class Told:
    """Whether the stock is proved, in a sentence, and what to look at where it is not."""

    holds: bool
    sentence: str
    sums: Sequence[tuple[str, str]]
    bad_href: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """All that the page shows of a level."""

    level: StockLevel
    figures: Sequence[tuple[str, str]]
    coming: Sequence[tuple[str, str, str]]
    acts: Sequence[tuple[str, str]]
    chart: StepChart | None
    chart_words: str
    unavailable: Sequence[tuple[str, str]]
    promised: Sequence[tuple[str, str, str]]
    movements: Sequence[ShownMovement]
    older: int | None
    newer: bool
    costs: bool
    people: bool
    ledger: bool
    told: Told | None


def document_of(movement: StockMovement) -> DocumentLink | None:
    """The document of a movement, by the kinds that settings.EPM_DOCUMENTS knows."""
    kind, ref = movement.document_kind, movement.document_ref
    if not kind and not ref:
        return None
    name, page = settings.EPM_DOCUMENTS.get(kind, (kind, ""))
    href = reverse(page, args=[ref.removeprefix("PO-")]) if page and ref else ""
    return DocumentLink(capfirst(str(name)), "" if href else ref, href)


def card_of(
    level: StockLevel, *, reader: User, now: datetime, before: int | None, prove: bool
) -> Card:
    """The card of `level` for its reader: movements `before` a number, proved if asked."""
    costs, people = rights.sees_costs(reader), rights.sees_people(reader)
    ledger = reader.has_perm("inventory.view_stockmovement")
    found = stock_card.movements_before(level, position=before, most=PER_PAGE + 1) if ledger else []
    balances = stock_card.balances_by_date(level, [each.position for each in found[:PER_PAGE]])
    movements = [
        _shown(each, level, by_date=balances[each.position], costs=costs)
        for each in found[:PER_PAGE]
    ]
    today = now.astimezone(ZoneInfo(level.store.timezone)).date()
    ends = stock_card.course_of(level, until=today)
    chart = step_chart([(end.day, end.on_hand) for end in ends], until=today)
    return Card(
        level=level,
        figures=_figures(level, costs=costs),
        coming=_coming(level, reader=reader),
        acts=_acts(level, reader=reader),
        chart=chart,
        chart_words=_words_of(chart),
        unavailable=[
            (row.get_reason_display(), shown.exact(row.quantity))
            for row in stock_card.unavailable_of(level)
        ],
        promised=_promised(level, reader=reader, people=people),
        movements=movements,
        older=found[PER_PAGE - 1].position if len(found) > PER_PAGE else None,
        newer=before is not None,
        costs=costs,
        people=people,
        ledger=ledger,
        told=_told(level, costs=costs) if prove else None,
    )


def _figures(level: StockLevel, *, costs: bool) -> list[tuple[str, str]]:
    unit = "" if level.product.unit == UnitOfMeasure.PIECE else unit_name(level.product.unit)
    figures = [
        (_("On hand"), f"{shown.exact(level.on_hand)} {unit}".strip()),
        (_("Reserved"), shown.exact(level.reserved)),
        (_("Unavailable"), shown.exact(level.unavailable)),
        (_("Available"), shown.exact(level.available)),  # type: ignore[attr-defined]
    ]
    if level.shortfall:
        figures.append((_("Missing"), shown.exact(level.shortfall)))
    if costs:
        figures.append((_("Average cost excl. tax"), _cost(level.average_cost, level)))
        figures.append((_("Value excl. tax"), worth(level)))
    return figures


def _coming(level: StockLevel, *, reader: User) -> list[tuple[str, str, str]]:
    """What is on its way: name, quantity, and the list of the documents where she may see it."""
    found = []
    sent, bought = ",".join(WAITING_FOR_DESTINATION), ",".join(EXPECTED)
    for name, quantity, model, query in (
        (_("In transit"), level.in_transit, "transfer",  # type: ignore[attr-defined]
         {"destination__id__exact": level.store_id, "state__in": sent}),
        (_("Ordered"), level.ordered, "purchaseorder",  # type: ignore[attr-defined]
         {"store__id__exact": level.store_id, "state__in": bought}),
    ):  # fmt: skip
        page = f"{reverse(f'admin:inventory_{model}_changelist')}?{urlencode(query)}"
        href = page if quantity and reader.has_perm(f"inventory.view_{model}") else ""
        found.append((name, shown.exact(quantity), href))
    return found


def _acts(level: StockLevel, *, reader: User) -> list[tuple[str, str]]:
    """What she may begin from here."""
    acts = []
    if reader.has_perm("inventory.add_stockadjustment"):
        query = urlencode({"store": level.store_id, "code": level.product.sku})
        acts.append((_("Adjust"), f"{reverse('admin:inventory_stockadjustment_add')}?{query}"))
    if reader.has_perm("inventory.add_transfer"):
        query = urlencode({"source": level.store_id})
        acts.append((_("Transfer"), f"{reverse('admin:inventory_transfer_add')}?{query}"))
    return acts


def worth(level: StockLevel) -> str:
    """What a level is worth, in its store's currency; unknown where no cost is."""
    if level.on_hand and not level.costed:
        return shown.UNKNOWN
    return shown.amount(level.value, currency=level.store.currency)


def _cost(cost: Decimal | None, level: StockLevel) -> str:
    told = shown.exact(cost, at_least=2)
    return told if cost is None else shown.with_currency(told, currency=level.store.currency)


def _shown(
    movement: StockMovement, level: StockLevel, *, by_date: Decimal, costs: bool
) -> ShownMovement:
    known = movement.costed or movement.unit_cost is not None
    return ShownMovement(
        movement=movement,
        href=reverse("admin:inventory_stockmovement_change", args=[movement.pk]),
        at=shown.short_moment(movement.occurred_at.astimezone(ZoneInfo(level.store.timezone))),
        kind=_("Count, given back: a till told late")
        if movement.gives_back
        else str(MovementKind(movement.kind).label),
        quantity=signed(movement.quantity),
        blocked=blocked_of(movement),
        balance=shown.exact(movement.balance),
        by_date=shown.exact(by_date),
        document=document_of(movement),
        unit_cost=_cost(movement.unit_cost, level) if costs else "",
        value=shown.amount(movement.value if known else None, currency=level.store.currency)
        if costs
        else "",
    )


def signed(quantity: Decimal) -> str:
    """+3 came, −3 went; nothing for 0."""
    if not quantity:
        return ""
    return f"+{shown.exact(quantity)}" if quantity > 0 else shown.exact(quantity)


def blocked_of(movement: StockMovement) -> str:
    """What it took out of sale, or gave back, and why."""
    if not movement.blocked:
        return ""
    return f"{shown.exact(movement.blocked)} {movement.get_reason_display()}"


def _promised(level: StockLevel, *, reader: User, people: bool) -> list[tuple[str, str, str]]:
    if not reader.has_perm("inventory.view_reservation"):
        return []
    zone = ZoneInfo(level.store.timezone)
    rows = stock_card.promised_of(level, principal=reader, most=MOST_PROMISED)
    return [
        (
            shown.exact(row.quantity - row.consumed),
            row.holder if people else _("Hidden"),
            _("until %(moment)s") % {"moment": shown.short_moment(row.expires_at.astimezone(zone))}
            if row.expires_at
            else f"{row.document_kind} {row.document_ref}".strip(),
        )
        for row in rows
    ]


def _words_of(chart: StepChart | None) -> str:
    if chart is None:
        return ""
    return _("On hand by day, %(first)s to %(last)s: at least %(low)s, at most %(high)s") % {
        "first": shown.day(chart.first),
        "last": shown.day(chart.last),
        "low": shown.exact(chart.low),
        "high": shown.exact(chart.high),
    }


def _told(level: StockLevel, *, costs: bool) -> Told:
    found = proof.prove(store_id=level.store_id, product_id=level.product_id)
    if found is None:
        raise StockLevel.DoesNotExist
    moved = found.sum_quantity - found.opening
    sums = [
        (_("Opening stock"), shown.exact(found.opening)),
        (_("All movements since"), signed(moved) or shown.exact(moved)),
        (_("That makes"), shown.exact(found.sum_quantity)),
        (_("On hand, as shown"), shown.exact(found.on_hand)),
        (_("Sum of what is promised"), shown.exact(found.sum_reserved)),
        (_("Reserved, as shown"), shown.exact(found.reserved)),
    ]
    if costs:
        currency = level.store.currency
        sums += [
            (_("Value by its movements"), shown.amount(found.sum_value, currency=currency)),
            (_("Value, as shown"), shown.amount(found.value, currency=currency)),
        ]
    if found.holds:
        said = _("Proved: opening and movements make what is on hand.")
        return Told(holds=True, sentence=said, sums=sums)
    if found.bad_id is None:
        said = _(
            "Not proved: each movement continues the one before, but what is shown is not their"
            " sum. Have the level rebuilt (manage.py rebuild_levels), then count it."
        )
        return Told(holds=False, sentence=said, sums=sums)
    said = _(
        "Not proved: movement number %(number)s is the first that does not continue the one"
        " before (%(wrong)s). Show this to whoever keeps the system, and count the product."
    ) % {"number": found.bad_position, "wrong": found.wrong}
    href = reverse("admin:inventory_stockmovement_change", args=[found.bad_id])
    return Told(holds=False, sentence=said, sums=sums, bad_href=href)
