"""What stock asks of people: alerts by kind, the first of what to order, to move and to clear."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.platform import shown
from inventory.selectors.stock_tasks import ALERTS, AT_COST, Task, Tasks, stock_tasks
from reporting.views.frame import Frame
from reporting.views.inventory import parts
from reporting.views.tiles import told

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """Alerts of one kind: how many, what of their money is known, and the list of them."""

    name: Text
    count: str
    money: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A product in a store; what is to do about it, and where."""

    text: str
    detail: str
    money: str
    href: str


@dataclass(frozen=True, slots=True)
class Listing:
    """`lead` leads to all of them."""

    title: Text
    sub: Text
    lines: Sequence[Line]
    count: str
    href: str
    nothing: Text


def read(frame: Frame) -> Mapping[str, Tasks]:
    return stock_tasks(
        principal=frame.principal,
        today=parts.today(frame),
        store_ids=parts.chosen_ids(frame),
        seen_ids=parts.seen_ids(frame),
        category=parts.category_id(frame),
    )


def alerts(frame: Frame, found: Mapping[str, Tasks]) -> list[Kind]:
    """Every kind there can be, those without an alert too."""
    currency = parts.currency(frame)
    kinds = []
    for kind, name in ALERTS.items():
        tasks = found.get(kind, Tasks(0, None, []))
        money = ""
        if currency and tasks.money is not None:
            form = _("%s at cost") if kind in AT_COST else _("%s of sales lost a day")
            money = form % told(tasks.money, "money", currency=currency)
        query = {"kind__exact": kind, "store__id__exact": parts.one_store(frame)}
        kinds.append(
            Kind(
                name,
                told_count(tasks.count),
                money,
                parts.back_office(frame, "stockalert", **query) if tasks.count else "",
            )
        )
    return kinds


def on_the_way(frame: Frame, found: Mapping[str, Tasks]) -> list[tuple[str, str, str]]:
    """Name, text and link: what is in transit to the stores shown, and ordered for them."""
    currency, facts = parts.currency(frame), []
    for kind, name, model in (
        ("transit", _("In transit"), "transfer"),
        ("ordered", _("Ordered"), "purchaseorder"),
    ):
        tasks = found.get(kind, Tasks(0, None, []))
        text = ngettext("%(count)s line", "%(count)s lines", tasks.count) % {
            "count": told_count(tasks.count)
        }
        if currency and tasks.money is not None:
            text += " · " + _("%s at cost") % told(tasks.money, "money", currency=currency)
        facts.append((name, text, parts.back_office(frame, model)))
    return facts


def listings(frame: Frame, found: Mapping[str, Tasks]) -> list[Listing]:
    return [
        _listing(
            frame, found, ("order", "none"), title=_("To order"),
            sub=_("Proposals by the cost of the goods"), nothing=_("Nothing is proposed."),
            detail=_order, model="replenishmentproposal", query=_of_routes(found, "order", "none"),
        ),
        _listing(
            frame, found, ("transfer",), title=_("To move"),
            sub=_("From a store with too much"), nothing=_("Nothing is proposed."),
            detail=_transfer, model="replenishmentproposal", query={"route__exact": "transfer"},
        ),
        _listing(
            frame, found, ("dead", "aged"), title=_("Dying on the shelf"),
            sub=_("Not sold for long, or old; by what it is worth"),
            nothing=_("Nothing is dead or aged."),
            detail=_dying, model="stockalert", query={"kind__exact": "dead"},
        ),
    ]  # fmt: skip


def _of_routes(found: Mapping[str, Tasks], *routes: str) -> Mapping[str, object]:
    """The proposals of these routes: of the one that there are any of, else all undone ones."""
    there = [route for route in routes if route in found and found[route].count]
    return {"route__exact": there[0]} if len(there) == 1 else {"done": "no"}


def _listing(  # noqa: PLR0913 - the words of a list
    frame: Frame,
    found: Mapping[str, Tasks],
    kinds: Sequence[str],
    *,
    title: Text,
    sub: Text,
    nothing: Text,
    detail: Callable[[Task], str],
    model: str,
    query: Mapping[str, object],
) -> Listing:
    known = [found[kind] for kind in kinds if kind in found]
    tasks = [task for each in known for task in each.first]
    tasks.sort(key=lambda task: (task.money is None, -(task.money or 0)))
    count = sum(each.count for each in known)
    return Listing(
        title=title,
        sub=sub,
        lines=[
            Line(
                f"{task.product} · {task.store}",
                detail(task),
                told(task.money, "money2", currency=task.currency) if task.money else "",
                parts.stock_card(
                    frame, store_id=task.store_id, product_id=task.product_id, sku=task.sku
                ),
            )
            for task in tasks[:5]
        ],
        count=told_count(count),
        href=parts.back_office(frame, model, **query) if count else "",
        nothing=nothing,
    )


def _order(task: Task) -> str:
    number = shown.exact(task.quantity)
    if task.supplier is None:
        return _("%(number)s, no supplier known") % {"number": number}
    return _("%(number)s from %(supplier)s") % {"number": number, "supplier": task.supplier}


def _transfer(task: Task) -> str:
    return _("%(number)s from %(store)s") % {
        "number": shown.exact(task.quantity), "store": task.source or shown.UNKNOWN,
    }  # fmt: skip


def _dying(task: Task) -> str:
    days = task.days or 0
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": told_count(days)}


def told_count(count: int) -> str:
    return shown.number(Decimal(count), places=0)
