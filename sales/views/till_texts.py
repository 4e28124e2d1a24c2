"""Every text of the till's scripts, and its buttons with their keys. They fill in the {words}."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Button = tuple[str, str, str | Promise]

# What a button does, its key as a browser names it, and what stands on it.
PAYING: Final[tuple[Button, ...]] = (
    ("cash", "F9", gettext_lazy("Cash")),
    ("card", "F8", gettext_lazy("Card")),
    ("other", "F10", gettext_lazy("Other ways to pay")),
)
BASKET: Final[tuple[Button, ...]] = (
    ("edit", "Shift+F6", gettext_lazy("Quantity, price")),
    ("line_discount", "F6", gettext_lazy("Line discount")),
    ("ticket_discount", "F7", gettext_lazy("Ticket discount")),
    ("remove", "Delete", gettext_lazy("Remove line")),
    ("empty", "Shift+Delete", gettext_lazy("Empty the basket")),
    ("customer", "Shift+F2", gettext_lazy("Customer")),
    ("park", "F3", gettext_lazy("Put aside")),
    ("resume", "F4", gettext_lazy("Take up again")),
)
MORE: Final[tuple[Button, ...]] = (
    ("returns", "Shift+F3", gettext_lazy("Return")),
    ("unreceipted", "Shift+F4", gettext_lazy("Return without receipt")),
    ("gift_card", "Shift+F7", gettext_lazy("Sell a gift card")),
    ("drawer", "Shift+F8", gettext_lazy("Drawer")),
    ("last", "Shift+F9", gettext_lazy("Last receipt")),
    ("session", "Shift+F1", gettext_lazy("Open, close")),
    ("waiting", "Insert", gettext_lazy("Waiting tickets")),
    ("help", "F1", gettext_lazy("Help")),
)


def shown_key(key: str) -> str:
    """A key as it stands on a button."""
    for word, sign in (("Shift+", "⇧"), ("Delete", _("Del")), ("Insert", _("Ins"))):
        key = key.replace(word, sign)
    return key


def texts() -> dict[str, str]:
    """By the names that the scripts use."""
    return {**_words(), **_selling(), **_returning(), **_register(), **_network()}


def _words() -> dict[str, str]:
    return {
        "ok": _("OK"),
        "back": _("Back"),
        "amount": _("Amount"),
        "price": _("Price"),
        "quantity": _("Quantity"),
        "reason": _("Reason"),
        "choose_reason": _("Choose a reason."),
        "note": _("Note"),
        "code": _("Code"),
        "tip": _("Tip"),
        "total": _("Total"),
        "customer": _("Customer"),
        "remove": _("Remove"),
        "less_of_it": _("One less"),
        "more_of_it": _("One more"),
        "missing": _("“{field}” is missing."),
        "no_amount": _("This is no amount that can be used here."),
        "may_be_empty": _("May stay empty."),
        "empty_is_new": _("Empty: a new one."),
        "help": _("Help"),
        "pieces": _("Pieces: {count}"),
        "of": _("of {count}"),
        "less": _("{amount} off"),
        "till": _("Till"),
        "named": _("{name}: {value}"),
        "line_number": _("Line {number}"),
        "other_tab": _("The till is open in another tab of this browser."),
        "moved_tab": _("The till went on in another tab."),
        "use_here": _("Use it here"),
        "use_here_detail": _("The other tab stops; basket and tickets are here."),
    }


def _selling() -> dict[str, str]:
    return {
        "scan_or_search": _("Scan, or type a name"),
        "unknown": _("Nothing has the code {code}."),
        "unknown_offline": _("{code} is not known here, and there is no network to ask."),
        "inactive": _("{name} is not sold any more."),
        "not_whole": _("{name}: pieces are sold whole."),
        "in_stock": _("{count} in stock"),
        "price_of": _("What does {name} cost?"),
        "choose_line": _("Choose a line first, with the arrows."),
        "discount_on": _("Discount on {name}"),
        "amount_or_share": _("Amount, or share"),
        "share_hint": _("2.50 or 10%. Empty: no discount."),
        "ticket_discount": _("Ticket discount"),
        "customer_code": _("Customer's code; empty: none"),
        "no_such_customer": _("There is no customer {code}."),
        "short_of": _("{name} ({sku}): {asked} asked for, {available} there."),
        "gift_card": _("Gift card"),
        "card": _("Gift card"),
        "empty_basket": _("Empty the basket?"),
        "empty_basket_yes": _("Yes, remove every line"),
        "to_pay": _("To pay: {amount}"),
        "to_pay_back": _("To pay back: {amount}"),
        "pay_back": _("Pay back: {kind}"),
        "given": _("Given"),
        "empty_is_exact": _("Empty: exactly that."),
        "reference": _("Reference"),
        "too_much": _("At most {amount}."),
        "other_way": _("Other ways to pay"),
        "still_due": _("Still due"),
        "to_give_back": _("To give back"),
        "change": _("Change given"),
        "sold": _("Sold: {number}"),
        "sold_offline": _("Sold. The number follows once the network is back."),
        "not_kept": _("This browser can keep nothing more: nothing was sold. Make room for it."),
        "sold_signed_out": _("Sold and kept. The number follows once you have signed in."),
        "number_follows": _("Number follows"),
        "refused": _("The ticket was not taken"),
        "to_basket": _("Back to the basket"),
        "to_basket_detail": _("Nothing was handed over. Put it right and pay again."),
        "goods_gone": _("The goods are gone already"),
        "goods_gone_detail": _("The ticket stays among those that need attention."),
        "prices_changed": _("Prices have changed"),
        "take_prices": _("Take the new prices"),
        "take_prices_detail": _("Tell the customer what it comes to now."),
        "pay_again": _("The new prices are in the basket: pay again."),
        "total_is_now": _("The total is {now}, not {before}: pay again."),
        "approval": _("Somebody who may has to approve"),
        "approve": _("Approve"),
        "approved": _("Approved"),
        "username": _("User name"),
        "password": _("Password"),
        "second_factor": _("Code of the authenticator app"),
        "no_last": _("No ticket was sold here yet."),
        "last_receipt": _("Last receipt"),
        "other_ticket": _("Another ticket"),
        "provisional": _("Provisional receipt"),
        "store_credit": _("Store credit"),
        "print": _("Print"),
        "gift_receipt": _("Gift receipt, without prices"),
        "mail": _("Send by e-mail"),
        "mailed": _("The receipt is on its way."),
        "address": _("E-mail address"),
        "new_code": _("New code:"),
        "park": _("Put aside"),
        "parked": _("The basket was put aside."),
        "label": _("Name, to find it again"),
        "resume": _("Take up again"),
        "discard": _("Discard"),
        "nothing_parked": _("Nothing is put aside."),
        "tenders_first": _("Something was paid already: remove it first."),
        "basket_first": _("Finish or empty the basket first."),
    }


def _returning() -> dict[str, str]:
    return {
        "return_goods": _("Return"),
        "returned": _("Return"),
        "unreceipted": _("Return without receipt"),
        "receipt_or_number": _("Scan the receipt, or type its number"),
        "no_such_receipt": _("No such receipt is known here."),
        "return_of": _("Return of {number}"),
        "how_many_back": _("How many of each come back?"),
        "nothing_left": _("All of it has come back already."),
        "more_than_left": _("Only {count} can come back."),
        "say_how_many": _("Say how many of something come back."),
        "disposition": _("What becomes of it"),
        "scan_what_comes_back": _("Scan what comes back; Esc: none"),
    }


def _register() -> dict[str, str]:
    return {
        "session": _("Cash register"),
        "which_register": _("Which till is this?"),
        "no_register": _("No cash register of your stores is in use. A director makes one."),
        "other_register": _("This is another till"),
        "open_register": _("Open the register"),
        "open_since": _("Open, business day {day}."),
        "float": _("Cash in the drawer now"),
        "opened": _("Open, with {float} in the drawer."),
        "close_register": _("Count and close"),
        "count_blind": _("Count what is there, without asking what should be."),
        "denominations": _("One amount, or notes and coins as 20x5 10x3 0.50x8."),
        "closed": _("The register is closed"),
        "closed_counted": _("Cash counted: {cash}. The Z report is in the administration."),
        "is_closed": _("The register is closed."),
        "is_closing": _("The register is counted. Its Z report is still to be made."),
        "closing_detail": _("It is made by itself within minutes; the count is kept."),
        "of_earlier_day": _("Still open from {day}: count and close it."),
        "close_anyway": _("Close all the same"),
        "close_anyway_detail": _("They come into a late session of their day; their cash is here."),
        "x_report": _("X report"),
        "z_report": _("Z report"),
        "no_z_report": _("There is no Z report of this register yet."),
        "tickets": _("Tickets"),
        "sales_total": _("Sales"),
        "returns_total": _("Returns"),
        "taken": _("Taken"),
        "expected": _("Expected"),
        "counted": _("Counted"),
        "variance": _("Variance"),
        "drawer": _("Drawer"),
        "no_sale": _("Open it without a sale"),
        "pay_in": _("Put cash in"),
        "pay_out": _("Take cash out"),
        "drawer_done": _("Noted."),
        "waiting_first": _("Tickets wait for the network: they have to be in first."),
    }


def _network() -> dict[str, str]:
    return {
        "online": _("Online"),
        "offline": _("Offline"),
        "signed_out": _("Signed out"),
        "sign_in_first": _("You are signed out: sign in first."),
        "kept": _("Tickets kept here: {count}. They are sent once you have signed in."),
        "others_waiting": _("{count} of colleagues"),
        "of_others": _("{name} has to sign in: {count} tickets wait for it."),
        "waiting": _("{count} waiting"),
        "attention": _("Need attention: {count}"),
        "needs_network": _("This needs the network."),
        "not_secure": _(
            "This browser cannot sell offline here: the till needs https, or this machine itself."
        ),
        "no_catalogue": _("The products did not come yet. Selling needs them once."),
        "no_products": _("This store has no products yet."),
        "waiting_tickets": _("Waiting tickets"),
        "nothing_waits": _("Nothing waits: the server has every ticket."),
        "waits_for_network": _("It waits for the network."),
        "send_again": _("Send again"),
        "send_again_detail": _("As a ticket whose goods were handed over."),
        "drop": _("Drop the ticket"),
        "drop_detail": _("Only if no goods and no money changed hands."),
        "drop_sure": _("Drop the ticket for good?"),
    }
