"""What fields, options, choices and reasons are called by people, beside their own names."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

FIELDS: Final[Words] = {
    "ticket": _("Ticket number"), "store": _("Store"), "sold_at": _("Moment of the sale"),
    "customer": _("Customer"), "product": _("Product (SKU or barcode)"),
    "product_name": _("Name of the product"), "line": _("Line number in the ticket"),
    "quantity": _("Quantity"), "amount": _("Amount"), "gross": _("Amount before discounts"),
    "unit_price": _("Price of one"), "discount_shelf": _("Discount for everybody"),
    "discount_loyalty": _("Discount for card holders"), "discount_coupon": _("Coupon of the store"),
    "manufacturer_coupon": _("Coupon of the manufacturer"), "unit_cost": _("Cost of one"),
    "tax_rate": _("VAT rate"), "sku": _("SKU"), "name": _("Name"), "code": _("Code"),
    "category": _("Category (names from the top)"), "category_code": _("Code of the category"),
    "brand": _("Brand"), "barcodes": _("Barcodes"), "purchase_price": _("Purchase price"),
    "sale_price": _("Sale price"), "tax_class": _("Tax class"), "unit": _("Unit"),
    "active": _("On sale"), "parent": _("Category above"), "email": _("E-mail"),
    "kind": _("Kind"), "region": _("Code of the region"), "region_name": _("Name of the region"),
    "timezone": _("Time zone"), "day_cutoff_hour": _("Hour the day begins"),
    "currency": _("Currency"), "vat_regime": _("VAT regime"), "opened_on": _("Opened on"),
    "closed_on": _("Closed on"), "floor_area_m2": _("Floor area in m²"), "address": _("Address"),
    "postal_code": _("Postal code"), "city": _("City"), "country": _("Country"),
    "latitude": _("Latitude"), "longitude": _("Longitude"), "month": _("Month"),
    "weights": _("Day weights"), "supplier": _("Code of the supplier"),
    "supplier_sku": _("The supplier's SKU"), "pack_size": _("Pack"),
    "minimum_quantity": _("Minimum quantity"), "lead_time_days": _("Lead time in days"),
    "tax_exempt_number": _("Tax exemption"), "tax_exempt_until": _("Exempt until"),
    "at": _("Moment of the stock"), "document": _("Document number"), "phasing": _("Spread"),
    "date": _("Day"), "hour": _("Hour"), "visitors": _("Visitors"), "hours": _("Hours worked"),
}  # fmt: skip

OPTIONS: Final[Words] = {
    "amounts": _("Amounts of the file"),
    "unknown_product": _("Products that are not known"),
    "unknown_customer": _("Customers that are not known"),
    "unknown_store": _("Stores that are not known"),
    "new_store_timezone": _("Time zone of new stores"),
    "new_store_currency": _("Currency of new stores"),
    "new_store_vat_regime": _("VAT regime of new stores"),
    "price_from_product": _("Lines without amount and price"),
    "cost_from_product": _("Lines without a cost"),
    "decimals": _("Amounts with too many decimals"),
    "discounts": _("Discounts are written"),
    "quantities": _("Quantities"),
    "ticket_times": _("A ticket with two moments"),
    "ticket_customers": _("A ticket with two customers"),
    "repeated_lines": _("Lines alike in every field"),
    "changed_tickets": _("A ticket that came again, but different"),
    "check_digits": _("New barcodes with a wrong check digit"),
    "stock": _("The stock of the stores"),
}

CHOICES: Final[Words] = {
    "amounts=ttc": _("include VAT"), "amounts=ht": _("are without VAT"),
    "price_from_product=false": _("wait in quarantine"),
    "price_from_product=true": _("take the product's price"),
    "cost_from_product=true": _("take the product's purchase price"),
    "cost_from_product=false": _("have no known cost"),
    "exact": _("wait in quarantine"), "nearest": _("are rounded"),
    "positive": _("without a sign"), "negative": _("with a minus"),
    "as_given": _("as the file writes them"), "all_returned": _("all are returns"),
    "quarantine": _("wait in quarantine"), "refuse": _("refuse the whole file"),
    "placeholder": _("are made, to be completed"), "first": _("take the first one"),
    "stock=leave": _("stays as it is"), "stock=move": _("moves with the goods"),
    "keep": _("are kept"), "correct": _("corrects the one before"),
    "internal": _("are kept as codes of your own"),
}  # fmt: skip

REASONS: Final[Words] = {
    "header-line": _("The header again, in the middle: nothing to do."),
    "wrong-cell-count": _(
        "The row has more or fewer cells than the header: look at what stands between cells, and at"
        " quotation marks."
    ),
    "error-cell": _("The spreadsheet could not calculate this cell: correct it."),
    "stray-quote": _(
        "A quotation mark stands where none belongs: double it, or choose “none” as quotation mark."
    ),
    "missing": _("A needed cell is empty: fill it, or give the same value for every row."),
    "not-a-number": _(
        "The number could not be read: set the decimal mark, what stands between thousands, or the"
        " signs to take out."
    ),
    "not-a-integer": _("The number could not be read as a whole one: correct the cell."),
    "not-a-moment": _(
        "The moment could not be read: set how dates are written, e.g. %d/%m/%Y or %d/%m/%Y %H:%M."
    ),
    "not-a-date": _("The date could not be read: set how dates are written, e.g. %d/%m/%Y."),
    "not-a-month": _("The month could not be read: set how dates are written, e.g. %m/%Y."),
    "too-long": _("The text is too long: shorten it."),
    "unknown-value": _(
        "The field knows certain words only: correct the cell, or translate the file's words in"
        " [values] of the mapping."
    ),
    "below-zero": _("A quantity cannot be negative."),
    "lies-ahead": _("The moment lies ahead."),
    "out-of-range": _("The number is beyond what can be: correct the cell, look at the format."),
    "too-many-decimals": _(
        "The number has too many decimals: correct it, or choose that amounts are rounded."
    ),
    "not-an-e-mail": _("This is no e-mail address: correct it."),
    "no-exemption": _("An exemption ends that has no number: give the number, too."),
    "repeated-key": _("The code came before in this file, with other content: keep one."),
    "unknown-category": _("The category is not known: import the categories first."),
    "its-own-parent": _("A category cannot be above itself: correct the category above."),
    "circle-of-parents": _("These categories are above one another: correct one of them."),
    "barcode-taken": _("Another product has this barcode: correct one of the two."),
    "wrong-check-digit": _(
        "A barcode looks like an EAN or UPC, but its check digit is wrong: correct it, or have such"
        " codes kept as your own."
    ),
    "unknown-supplier": _("Nothing has this code: import the suppliers first, or correct it."),
    "already-opened": _(
        "The stock of this product in this store has begun already: correct it by a stocktake."
    ),
    "closes-before-opening": _("The store closes before it opens: correct one of the dates."),
    "unknown-store": _(
        "The store is not known: correct its code, import the stores first, or have unknown stores"
        " made."
    ),
    "weights-against-phasing": _(
        "Weights are for a month that is spread by them, and for no other: correct one of the two."
    ),
    "closed-all-month": _("The store is closed all month: correct it, or spread it otherwise."),
    "whole-and-by-hour": _(
        "The day is told by hour and as a whole, here or before: keep one, delete the other."
    ),
    "ticket-refused": _("Another line of this ticket has a fault: correct that one."),
    "unknown-product": _(
        "The product is not known: correct its code, import the products first, or have unknown"
        " products made."
    ),
    "unknown-customer": _(
        "The customer is not known: correct the code, import the customers first, or have unknown"
        " customers made."
    ),
    "no-amount": _("There is neither amount nor price: give one, or take the product's price."),
    "no-tax-rate": _("No VAT rate is known for this product in this store on that day: add it."),
    "amount-against-quantity": _(
        "Amount and quantity have opposite signs: correct one, or say which rows are returns."
    ),
    "discount-of-wrong-sign": _("The discount has the other sign: set how discounts are written."),
    "discount-without-goods": _("The discounts of the ticket are more than its goods: correct it."),
    "repeated-line": _("The line came before in this ticket: remove one, or keep lines alike."),
    "two-timestamps": _("The ticket has two moments: take the first one, or tell tickets apart."),
    "two-customers": _("The ticket has two customers: take the first, or tell tickets apart."),
    "before-2000": _("The sale is dated before 2000: look at how dates are written."),
    "in-the-future": _("The sale is in the future: look at how dates are written."),
    "cancelled": _("The mapping keeps cancelled tickets out."),
    "changed-ticket": _(
        "The ticket came again with other content: choose that it corrects the one before, if the"
        " file is right."
    ),
}


def of_reason(reason: str) -> str:
    """The sentence, or the reason itself where there is none."""
    return str(REASONS.get(reason, reason))


def of_choice(option: str, choice: str) -> str:
    return str(CHOICES.get(f"{option}={choice}", CHOICES.get(choice, choice)))


def of_field(name: str, *, required: bool = False) -> str:
    """For an option of a list, which holds text only."""
    star = " *" if required else ""
    return f"{FIELDS.get(name, name)}{star} · {name}"


def labelled(words: Words, name: str) -> str:
    """For a label: the words, and the name small beside."""
    return format_html("{} <small><code>{}</code></small>", words.get(name, name), name)
