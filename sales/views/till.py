"""The till in a browser: one page, and the service worker that opens it without the network."""

import json
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from epm.platform.release import fingerprint
from sales.models import Disposition, TenderKind
from sales.selectors import discount_reasons
from sales.selectors.sessions import sees_expected
from sales.selectors.till_screen import tills_visible_to
from sales.views.till_texts import BASKET, MORE, PAYING, shown_key, texts

FOLDER: Final = settings.BASE_DIR / "static" / "till"
WORKER: Final = "sw.js"
QR: Final = "vendor/qr/qr.js"
STYLES: Final = ("dashboards.css", "till/till.css", "favicon.svg")
FONTS: Final = tuple(
    f"vendor/inter/Inter-{weight}.woff2" for weight in ("Regular", "Medium", "SemiBold", "Bold")
)


@never_cache
@ensure_csrf_cookie
@require_safe
@login_required
def screen(request: HttpRequest) -> HttpResponse:
    """Sell: for whoever may open a register."""
    if not request.user.has_perm("sales.add_registersession"):
        raise PermissionDenied
    groups = {
        name: [(act, key, shown_key(key), text) for act, key, text in buttons]
        for name, buttons in (("paying", PAYING), ("basket", BASKET), ("more", MORE))
    }
    return render(request, "sales/till.html", {"known": _known(request), **groups})


@never_cache
@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """The service worker of this release. Nobody's data is in it."""
    told = json.dumps({"release": fingerprint(), "page": reverse("till"), "shell": shell()})
    source = (FOLDER / WORKER).read_text(encoding="utf-8")
    return HttpResponse(
        f"const TOLD = {told};\n{source}",
        content_type="text/javascript; charset=utf-8",
        headers={"Service-Worker-Allowed": reverse("till")},
    )


def shell() -> list[str]:
    """What the page is made of. Modules name each other without a digest, so both are kept."""
    modules = sorted(f"till/{file.name}" for file in FOLDER.glob("*.js") if file.name != WORKER)
    plain = [f"{settings.STATIC_URL}{name}" for name in (*modules, QR)]
    named = [static(name) for name in (*STYLES, *FONTS, "till/main.js")]
    return sorted({*plain, *named})


def _known(request: HttpRequest) -> dict[str, Any]:
    """What the page's scripts read; kept by the worker for when there is no network."""
    return {
        "release": fingerprint(),
        "worker": reverse("till-worker"),
        "page": reverse("till"),
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "language": translation.get_language(),
        "cashier": request.user.get_username(),
        "sees_expected": sees_expected(request.user),
        "registers": tills_visible_to(request.user, now=timezone.now()),
        "reasons": list(discount_reasons.reasons().values("code", "name")),
        "tenders": [{"value": kind.value, "label": str(kind.label)} for kind in TenderKind],
        "dispositions": [{"value": one.value, "label": str(one.label)} for one in Disposition],
        "texts": texts(),
    }
