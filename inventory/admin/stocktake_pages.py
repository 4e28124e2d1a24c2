"""The sheet on which a stocktake is counted, and the page on which its variances are judged."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.actor import acting_as
from epm.platform.refusals import Refusal
from inventory.admin.stocktake_forms import ScanForm
from inventory.models import CountKind, Stocktake, StocktakeLine
from inventory.selectors import stocktakes as asked
from inventory.selectors.barcodes import FINEST
from inventory.services import stocktake_counts, stocktakes
from inventory.services.stocktake_counts import Counted
from inventory.services.stocktake_refusals import UnknownCode
from inventory.states import StocktakeState

SCANS_SHOWN: Final = 20
LINES_SHOWN: Final = 100
BEYOND: Final = {
    "units": gettext_lazy("too many units"),
    "percent": gettext_lazy("too much in %"),
    "value": gettext_lazy("too much in value"),
    "uncosted": gettext_lazy("its cost is not known"),
}


class StocktakePages:
    """For StocktakeAdmin: every stocktake comes from the selector, what is expected is shown only
    where `sees_expected` says so."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        routes: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("<int:stocktake_id>/count/", self.counting_sheet, "count"),
            ("<int:stocktake_id>/variances/", self.variances, "variances"),
        ]
        made = [
            path(route, self.admin_site.admin_view(view), name=f"inventory_stocktake_{name}")
            for route, view, name in routes
        ]
        return [*made, *super().get_urls()]  # type: ignore[misc]

    def counting_sheet(self, request: HttpRequest, stocktake_id: int) -> HttpResponse:
        """Scan, or type a code and a quantity; the last scans can be taken back."""
        if not request.user.has_perm("inventory.add_stocktakecount"):
            raise PermissionDenied
        stocktake = _visible(request, stocktake_id)
        if stocktake.state != StocktakeState.COUNTING:
            messages.warning(request, _("It is not being counted now."))
            return redirect("admin:inventory_stocktake_change", stocktake.pk)
        if request.method == "POST" and "undo" in request.POST:
            self._done(request, lambda: _undo(request))
            return redirect("admin:inventory_stocktake_count", stocktake.pk)
        form = ScanForm(request.POST if request.method == "POST" else None, initial=_fresh())
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            if self._done(request, lambda: _scan(request, stocktake, said), about=said["code"]):
                return redirect("admin:inventory_stocktake_count", stocktake.pk)
            form = ScanForm(initial={**said, "act": uuid4()})
        name = request.user.get_username()
        last = list(asked.last_scans(stocktake, by=name, most=SCANS_SHOWN))
        undone = asked.undone(last)
        scans = [
            {
                "id": scan.pk,
                "product": scan.line.product,
                "what": scan.get_kind_display(),
                "quantity": shown.exact(scan.quantity),
                "counted": shown.exact(scan.showed),  # type: ignore[attr-defined]
                "undoable": scan.kind != CountKind.UNDO and scan.pk not in undone,
                "undone": scan.pk in undone,
            }
            for scan in last
        ]
        context = {
            "title": _("Count %(stocktake)s · %(store)s")
            % {"stocktake": stocktake, "store": stocktake.store},
            "form": form,
            "scans": scans,
            "progress": asked.progress(stocktake),
            "again": again(stocktake),
            "undo_act": uuid4(),
        }
        return self._page(request, "inventory/count.html", stocktake, context)

    def variances(self, request: HttpRequest, stocktake_id: int) -> HttpResponse:
        """What differs, the dearest first; choose what to count again."""
        stocktake = _visible(request, stocktake_id)
        if not asked.sees_expected(request.user, stocktake):
            messages.warning(request, _("What was found is shown under review."))
            return redirect("admin:inventory_stocktake_change", stocktake.pk)
        if request.method == "POST":
            act = _zero if "zero" in request.POST else _recount
            self._done(request, lambda: act(request, stocktake))
            return redirect("admin:inventory_stocktake_change", stocktake.pk)
        may = request.user.has_perm
        under_review = stocktake.state == StocktakeState.REVIEW
        page = Paginator(asked.by_variance(stocktake), LINES_SHOWN).get_page(
            request.GET.get("page")
        )
        context = {
            "title": _("Variances of %(stocktake)s · %(store)s")
            % {"stocktake": stocktake, "store": stocktake.store},
            "page": page,
            "rows": [_row(request, stocktake, line) for line in page],
            "costs": rights.sees_costs(request.user),
            "figures": figures(request, stocktake),
            "recount": under_review and may("inventory.change_stocktake"),
            "zero": under_review and may("inventory.add_uncountedaszero"),
            "act": uuid4(),
        }
        return self._page(request, "inventory/variances.html", stocktake, context)

    def _done(self, request: HttpRequest, act: Callable[[], str], *, about: str = "") -> bool:
        """One call of a service as the user; what it says, or why not and `about` which code."""
        try:
            with acting_as(request.user.get_username(), door="admin"):
                told = act()
        except Refusal as refused:
            why = str(refused.detail)
            messages.error(request, why if about in why else f"{about}: {why}")
            return False
        except IntegrityError as refused:
            messages.error(request, self._reason(refused))  # type: ignore[attr-defined]
            return False
        messages.success(request, told)
        return True

    def _page(
        self, request: HttpRequest, template: str, stocktake: Stocktake, context: dict[str, Any]
    ) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": Stocktake._meta}  # noqa: SLF001
        return TemplateResponse(request, template, {**shared, "stocktake": stocktake, **context})


def again(stocktake: Stocktake) -> dict[str, Any]:
    """What a recount still waits for: names only, never how much of it."""
    if stocktake.state != StocktakeState.COUNTING:
        return {}
    lines = asked.still_open(stocktake)
    return {"count": lines.count(), "products": [line.product for line in lines[:LINES_SHOWN]]}


def figures(request: HttpRequest, stocktake: Stocktake) -> list[tuple[str, str]]:
    """A stocktake in figures, as far as this reader may see them."""
    found = asked.progress(stocktake)
    told = [(_("Counted"), f"{found.counted} / {found.lines} ({shown.percent(found.share)})")]
    if not asked.sees_expected(request.user, stocktake):
        return told
    told += [
        (_("Differing"), str(found.differing)),
        (_("Beyond the tolerance"), str(found.beyond)),
        (_("Accuracy"), shown.percent(found.accuracy)),
    ]
    if rights.sees_costs(request.user):
        currency = stocktake.store.currency
        value = shown.amount(found.variance_value, currency=currency)
        told.append((_("Variance in value excl. tax"), value))
        if found.uncosted:
            told.append((_("Differing without a known cost"), str(found.uncosted)))
    return told


def _row(request: HttpRequest, stocktake: Stocktake, line: StocktakeLine) -> dict[str, Any]:
    people = rights.sees_people(request.user)
    return {
        "id": line.pk,
        "product": line.product,
        "book": shown.exact(line.book),
        "before": shown.exact(line.counted_before),
        "counted": shown.exact(line.counted),
        "variance": shown.exact(line.variance),
        "value": shown.amount(line.variance_value, currency=stocktake.store.currency),
        "moved": line.moved,
        "found": line.found,
        "beyond": [BEYOND[each] for each in asked.exceeded(stocktake, line)],
        "by": line.counted_by if people else shown.UNKNOWN,
    }


def _visible(request: HttpRequest, stocktake_id: int) -> Stocktake:
    if not request.user.has_perm("inventory.view_stocktake"):
        raise PermissionDenied
    visible = asked.stocktakes_visible_to(request.user).select_related("store")
    stocktake = visible.filter(pk=stocktake_id).first()
    if stocktake is None:
        raise Http404
    return stocktake


def _fresh() -> dict[str, Any]:
    return {"act": uuid4(), "code": "", "quantity": 1}


def _scan(request: HttpRequest, stocktake: Stocktake, said: dict[str, Any]) -> str:
    seen = asked.seen(request.user, stocktake, code=said["code"], at=timezone.now())
    if seen is None:
        raise UnknownCode(_("No product has the code %(code)s.") % {"code": said["code"]})
    product, each = seen
    counted = stocktake_counts.count(
        stocktake_id=stocktake.pk,
        lines=[Counted(product, (said["quantity"] * each).quantize(FINEST))],
        kind=CountKind(said["kind"]),
        act=said["act"],
        by=request.user.get_username(),
        now=timezone.now(),
    )
    return _("%(product)s: %(counted)s counted.") % {
        "product": stocktake.lines.select_related("product").get(product=product).product,
        "counted": shown.exact(counted[product]),
    }


def _undo(request: HttpRequest) -> str:
    mine = asked.counts_visible_to(request.user).filter(actor=request.user.get_username())
    asked_for = request.POST["undo"]
    if not asked_for.isascii() or not asked_for.isdigit() or len(asked_for) > 18:
        raise Http404
    if not mine.filter(pk=asked_for).exists():
        raise Http404
    stocktake_counts.undo(
        count_id=int(asked_for),
        act=_key(request),
        by=request.user.get_username(),
        now=timezone.now(),
    )
    return _("The scan was taken back.")


def _recount(request: HttpRequest, stocktake: Stocktake) -> str:
    if not request.user.has_perm("inventory.change_stocktake"):
        raise PermissionDenied
    chosen = [int(each) for each in request.POST.getlist("line") if each.isdecimal()]
    stocktakes.recount(stocktake_id=stocktake.pk, line_ids=chosen)
    return _("%(count)d lines are counted again.") % {"count": len(chosen)}


def _zero(request: HttpRequest, stocktake: Stocktake) -> str:
    if not request.user.has_perm("inventory.add_uncountedaszero"):
        raise PermissionDenied
    lines = stocktakes.zero_uncounted(
        stocktake_id=stocktake.pk,
        act=_key(request),
        by=request.user.get_username(),
        now=timezone.now(),
    )
    return _("%(count)d lines were set to zero.") % {"count": lines}


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("act", ""))
    except ValueError as wrong:
        raise Http404 from wrong
