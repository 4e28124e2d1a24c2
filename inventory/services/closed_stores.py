"""Nothing is brought to a store that has closed; what it still has may leave."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.organization.selectors.stores import has_closed
from epm.platform.refusals import Refusal


class StoreClosed(Refusal):
    code = "inventory/store-closed"
    title = gettext_lazy("The store has closed")


def refuse_closed(*, store_id: int, at: datetime | None = None) -> None:
    """Raise StoreClosed if its last day is over `at` this moment, or now."""
    if has_closed(store_id, at=at):
        raise StoreClosed(_("The store has closed: no goods go there any more."))
