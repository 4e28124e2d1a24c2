"""How the administration pages look."""

from typing import Any

from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "EPM Retail",
    "SITE_HEADER": "EPM Retail",
    "SITE_SUBHEADER": _("Back office of the chain"),
    "SITE_SYMBOL": "storefront",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
}
