"""What a level has, as columns: of the list of levels and of a product's page."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from epm.platform import shown
from inventory.models import StockLevel


class LevelFigures:
    """For a page or inline whose rows are levels `with_available`."""

    @admin.display(description=_("on hand"), ordering="on_hand")
    def here(self, level: StockLevel) -> str:
        return shown.exact(level.on_hand)

    @admin.display(description=_("reserved"), ordering="reserved")
    def promised(self, level: StockLevel) -> str:
        return shown.exact(level.reserved)

    @admin.display(description=_("unavailable"), ordering="unavailable")
    def blocked(self, level: StockLevel) -> str:
        return shown.exact(level.unavailable)

    @admin.display(description=_("available"), ordering="available")
    def free(self, level: StockLevel) -> str:
        return shown.exact(level.available)  # type: ignore[attr-defined]
