"""Why a stocktake says no."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.refusals import Kind, Refusal


class NoSuchStocktake(Refusal):
    code = "inventory/no-such-stocktake"
    title = gettext_lazy("There is no such stocktake")
    kind = Kind.MISSING


class NothingToCount(Refusal):
    code = "inventory/nothing-to-count"
    title = gettext_lazy("The stocktake does not say what is to be counted")
    kind = Kind.INVALID


class CountedElsewhere(Refusal):
    code = "inventory/counted-elsewhere"
    title = gettext_lazy("Another stocktake is counting this already")

    @classmethod
    def by(cls, stocktake_id: int) -> "CountedElsewhere":
        """The refusal that names the stocktake in the way."""
        return cls(
            _("Stocktake %(number)s counts it: finish or cancel that one first.")
            % {"number": stocktake_id},
            stocktake=stocktake_id,
        )


class NotInStocktake(Refusal):
    code = "inventory/not-in-stocktake"
    title = gettext_lazy("The product is not to be counted here")
    kind = Kind.INVALID


class UnknownCode(Refusal):
    code = "inventory/unknown-code"
    title = gettext_lazy("No product has this code")
    kind = Kind.INVALID


class CountBelowZero(Refusal):
    code = "inventory/count-below-zero"
    title = gettext_lazy("A count cannot be below zero")
    kind = Kind.INVALID


class CountKeyReused(Refusal):
    code = "inventory/count-key-reused"
    title = gettext_lazy("The key was used for another count")
    kind = Kind.INVALID


class CountNotUndoable(Refusal):
    code = "inventory/count-not-undoable"
    title = gettext_lazy("This count cannot be taken back")


class NothingCounted(Refusal):
    code = "inventory/nothing-counted"
    title = gettext_lazy("Nothing was counted")


class ApprovalNeedsAnother(Refusal):
    code = "inventory/approval-needs-another"
    title = gettext_lazy("Somebody else has to approve this")
    kind = Kind.FORBIDDEN

    @classmethod
    def of(cls, lines: int) -> "ApprovalNeedsAnother":
        """The refusal that says who may instead."""
        return cls(
            _(
                "Lines beyond the tolerance: %(count)s. A director or a regional who has counted "
                "none of them approves this."
            )
            % {"count": lines},
            lines=lines,
        )
