"""Why purchasing says no."""

from django.utils.translation import gettext_lazy

from epm.platform.refusals import Kind, Refusal


class NoSuchOrder(Refusal):
    code = "inventory/no-such-order"
    title = gettext_lazy("There is no such purchase order")
    kind = Kind.MISSING


class OrderLinesRefused(Refusal):
    code = "inventory/order-lines-refused"
    title = gettext_lazy("These lines cannot be ordered")
    kind = Kind.INVALID


class NotWholePacks(Refusal):
    code = "inventory/not-whole-packs"
    title = gettext_lazy("The supplier does not sell that quantity")
    kind = Kind.INVALID


class SupplierInactive(Refusal):
    code = "inventory/supplier-inactive"
    title = gettext_lazy("Nothing is ordered from this supplier any more")


class ExchangeRateRefused(Refusal):
    code = "inventory/exchange-rate-refused"
    title = gettext_lazy("The order needs an exchange rate, or must not have one")
    kind = Kind.INVALID


class OrderSettled(Refusal):
    code = "inventory/order-settled"
    title = gettext_lazy("Only a draft can be edited")


class ApprovalRefused(Refusal):
    code = "inventory/approval-refused"
    title = gettext_lazy("Somebody else must approve this order")
    kind = Kind.FORBIDDEN


class DeliveryRefused(Refusal):
    code = "inventory/delivery-refused"
    title = gettext_lazy("The delivery does not fit its order")
    kind = Kind.INVALID


class MoreThanOrdered(Refusal):
    code = "inventory/more-than-ordered"
    title = gettext_lazy("More would be received than was ordered")


class ChargesNotShared(Refusal):
    code = "inventory/charges-not-shared"
    title = gettext_lazy("Freight and duty cannot be shared out that way")
    kind = Kind.INVALID
