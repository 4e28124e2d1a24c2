"""Why a register's session says no."""

from django.utils.translation import gettext_lazy

from epm.platform.refusals import Kind, Refusal


class NoSuchSession(Refusal):
    code = "sales/no-such-session"
    title = gettext_lazy("There is no such register session")
    kind = Kind.MISSING


class RegisterOutOfUse(Refusal):
    code = "sales/register-out-of-use"
    title = gettext_lazy("The cash register is not in use")


class SessionAlreadyOpen(Refusal):
    code = "sales/session-already-open"
    title = gettext_lazy("The cash register has a session already")


class NoOpenSession(Refusal):
    code = "sales/no-open-session"
    title = gettext_lazy("The cash register is not open")


class LateSession(Refusal):
    code = "sales/late-session"
    title = gettext_lazy("A late session has no drawer")


class AmountNotInCurrency(Refusal):
    code = "sales/amount-not-in-currency"
    title = gettext_lazy("There is no such amount in the currency")
    kind = Kind.INVALID


class MoreThanInDrawer(Refusal):
    code = "sales/more-than-in-drawer"
    title = gettext_lazy("The drawer does not hold that much")
