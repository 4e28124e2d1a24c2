"""What of the stock waits for a person: alerts, goods on their way or sold and not booked, orders,
stocktakes."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import ngettext

from inventory.selectors import purchase_approval, transfers
from inventory.selectors.alerts import alerts_visible_to
from inventory.selectors.purchase_orders import orders_visible_to
from inventory.selectors.stock_tasks import ALERTS
from inventory.selectors.stocktakes import stocktakes_visible_to
from inventory.states import PurchaseOrderState, StockAlertState, StocktakeState
from reporting.selectors.chores import Chore, counted, told
from sales.selectors.refused_tickets import waiting_visible_to
from sales.states import RefusedTicketState

ON_THE_WAY = (PurchaseOrderState.ORDERED, PurchaseOrderState.PARTIALLY_RECEIVED)


def stock_chores_of(user: Any, *, today: date) -> list[Chore]:
    """Of what `user` may see and do; one query."""
    waiting = _waiting(user, today)
    found = counted(waiting) if waiting else Counter[str]()
    return [*_of_documents(found, today), *_of_alerts(found)]


def _of_documents(found: Counter[str], today: date) -> Iterator[Chore]:
    if count := found["refused"]:
        title = ngettext(
            "%(count)s offline ticket was not taken and is to be settled",
            "%(count)s offline tickets were not taken and are to be settled",
            count,
        )
        query = f"state__exact={RefusedTicketState.WAITING}"
        yield Chore(
            title % {"count": told(count)}, "sales_refusedticket_changelist", query, tone="warn"
        )
    orders = "inventory_purchaseorder_changelist"
    if count := found["overdue"]:
        title = ngettext("%(count)s delivery is overdue", "%(count)s deliveries are overdue", count)
        query = f"state__in={','.join(ON_THE_WAY)}&expected_on__lt={today}"
        yield Chore(title % {"count": told(count)}, orders, query, tone="warn")
    if count := found["to_approve"]:
        title = ngettext(
            "%(count)s purchase order waits for approval",
            "%(count)s purchase orders wait for approval",
            count,
        )
        query = f"state__exact={PurchaseOrderState.SUBMITTED}"
        yield Chore(title % {"count": told(count)}, orders, query)
    if count := found["transfers"]:
        title = ngettext(
            "%(count)s transfer waits for one of my stores",
            "%(count)s transfers wait for one of my stores",
            count,
        )
        yield Chore(title % {"count": told(count)}, "inventory_transfer_changelist", "waiting=us")
    if count := found["stocktakes"]:
        title = ngettext(
            "%(count)s stocktake is under review", "%(count)s stocktakes are under review", count
        )
        query = f"state__exact={StocktakeState.REVIEW}"
        yield Chore(title % {"count": told(count)}, "inventory_stocktake_changelist", query)


def _waiting(user: Any, today: date) -> dict[str, QuerySet]:
    """The documents whose next step is hers, by what it is; the open alerts, by their kind."""
    steps: dict[str, tuple[str, Callable[[], QuerySet]]] = {
        "transfers": ("inventory.change_transfer", lambda: transfers.waiting_for(user)),
        "to_approve": (
            "inventory.change_purchaseorder", lambda: purchase_approval.waiting_for(user),
        ),
        "overdue": (
            "inventory.add_purchasereceipt",
            lambda: orders_visible_to(user).filter(state__in=ON_THE_WAY, expected_on__lt=today),
        ),
        "stocktakes": (
            "inventory.change_stocktake",
            lambda: stocktakes_visible_to(user).filter(state=StocktakeState.REVIEW),
        ),
        "refused": ("sales.change_refusedticket", lambda: waiting_visible_to(user)),
    }  # fmt: skip
    waiting = {each: rows() for each, (right, rows) in steps.items() if user.has_perm(right)}
    if user.has_perm("inventory.change_stockalert"):
        alerts = alerts_visible_to(user).filter(state=StockAlertState.OPEN)
        waiting |= {kind: alerts.filter(kind=kind) for kind in ALERTS}
    return waiting


def _of_alerts(found: Counter[str]) -> Iterator[Chore]:
    for kind, name in ALERTS.items():
        if count := found[kind]:
            title = ngettext("%(count)s alert: %(kind)s", "%(count)s alerts: %(kind)s", count)
            yield Chore(
                title % {"count": told(count), "kind": name},
                "inventory_stockalert_changelist",
                f"kind__exact={kind}&state__exact={StockAlertState.OPEN}",
            )
