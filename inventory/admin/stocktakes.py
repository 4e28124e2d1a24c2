from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.admin.own_store import OwnStore
from epm.access.selectors.scope import stores_visible_to
from epm.platform.admin_documents import DocumentAdmin
from epm.platform.admin_steps import Given, Step
from inventory.admin.stocktake_forms import RecountForm, StocktakeForm
from inventory.admin.stocktake_pages import StocktakePages, again, figures
from inventory.models import Stocktake, StocktakeLine
from inventory.selectors import stocktakes as asked
from inventory.selectors.stocktakes import stocktakes_visible_to
from inventory.services import stocktakes
from inventory.services.stocktake_refusals import ApprovalNeedsAnother
from inventory.states import STOCKTAKE, StocktakeState

ABOVE = "inventory.change_stocktakevariance"
TOLERANCES = ["tolerance_units", "tolerance_percent", "tolerance_value"]


def _approve(document: Stocktake, given: Given) -> object:
    return stocktakes.approve(
        stocktake_id=document.pk,
        by=given.by.get_username(),
        above=given.by.has_perm(ABOVE),
    )


def _needing_another(user: Any, document: Stocktake) -> int:
    if document.state != StocktakeState.REVIEW:
        return 0
    name = user.get_username()
    return asked.needing_another(document, by=name, above=user.has_perm(ABOVE))


def _recount(document: Stocktake, given: Given) -> object:
    lines: dict[str, QuerySet[StocktakeLine]] = {
        "beyond": asked.beyond_tolerance(document),
        "differing": asked.by_variance(document),
        "uncounted": document.lines.filter(counted__isnull=True),
    }
    chosen = lines[given.fields["which"]].values_list("pk", flat=True)
    return stocktakes.recount(stocktake_id=document.pk, line_ids=list(chosen))


@admin.register(Stocktake)
class StocktakeAdmin(StocktakePages, OwnStore, DocumentAdmin):
    machine = STOCKTAKE
    visible = stocktakes_visible_to
    visible_choices = {"store": stores_visible_to}
    form = StocktakeForm
    list_display = ["number", "store", "what", "scheduled_on", "blind", "badge"]
    list_display_links = ["number"]
    list_filter = [("store", VisibleStoreFilter), ("state", ChoicesDropdownFilter)]
    list_select_related = ["store"]
    ordering = ["-scheduled_on", "-pk"]
    search_fields = ["=id", "note"]
    search_help_text = _("number or note")
    export_fields = ["id", "store__code", "kind", "state", "scheduled_on", "started_at", "note"]
    autocomplete_fields = ["store"]
    refusals = {
        "stocktake_of_all_or_of_a_named_part": _("Count everything, or name what is counted."),
        "stocktake_tolerance_not_negative": _("A tolerance is not less than 0."),
    }
    change_form_outer_before_template = "inventory/stocktake_before.html"
    state_colours = {
        StocktakeState.COUNTING: "info",
        StocktakeState.REVIEW: "warning",
        StocktakeState.APPROVED: "info",
        StocktakeState.POSTED: "success",
        StocktakeState.CANCELLED: "danger",
    }
    steps = {
        "start": Step(
            _("Start counting"),
            lambda document, given: stocktakes.start(stocktake_id=document.pk, now=given.at),
            help=_("What the books say is noted now. Selling goes on while you count."),
            variant="primary",
        ),
        "review": Step(
            _("End the counting"),
            lambda document, _given: stocktakes.review(stocktake_id=document.pk),
            help=_("Nobody counts any more. What was not counted stays as it is in the books."),
            variant="primary",
        ),
        "recount": Step(
            _("Count again"),
            _recount,
            help=_("The chosen lines are counted anew, from nothing; the others stay."),
            form=RecountForm,
        ),
        "approve": Step(
            _("Approve"),
            _approve,
            help=_("Beyond the tolerance somebody above who counted has to do this."),
            may=lambda user, document: not _needing_another(user, document),
            variant="primary",
        ),
        "post": Step(
            _("Post"),
            lambda document, given: stocktakes.post(stocktake_id=document.pk, now=given.at),
            help=_("Books what every counted line was off by when it was counted."),
            variant="primary",
        ),
        "cancel": Step(
            _("Cancel"),
            lambda document, given: stocktakes.cancel(
                stocktake_id=document.pk, reason=given.reason
            ),
            help=_("Nothing is booked."),
            variant="danger",
        ),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stocktake]:
        return cast("QuerySet[Stocktake]", super().get_queryset(request).select_related("store"))

    def get_form(self, request: HttpRequest, obj: Any = None, **kw: Any) -> type[StocktakeForm]:
        form = super().get_form(request, obj, **kw)
        return type(form.__name__, (form,), {"reader": request.user, "site": self.admin_site})

    def get_fieldsets(self, request: HttpRequest, obj: Stocktake | None = None) -> list:
        """Who may approve beyond the tolerance says how wide it is."""
        above = request.user.has_perm(ABOVE)
        drafting = self.has_change_permission(request, obj) if obj else True
        what = ["categories", "codes", "everything"] if drafting else ["what", "named"]
        sets: list = [
            (None, {"fields": [("store", "scheduled_on"), *what, "blind", "note"]}),
        ]
        if above or (obj and request.user.has_perm("inventory.change_stocktake")):
            sets.append((_("Tolerance"), {"fields": [tuple(TOLERANCES)]}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        above = request.user.has_perm(ABOVE)
        kept = [] if above else TOLERANCES
        return [*super().get_readonly_fields(request, obj), "what", "named", *kept]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (stocktake := context.get("original")) is not None:
            context["stocktake"] = {
                "figures": figures(request, stocktake) if stocktake.started_at else [],
                "again": again(stocktake),
                "approval": self._approval(request, stocktake),
                "pages": self._pages(request, stocktake),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def _approval(self, request: HttpRequest, stocktake: Stocktake) -> str:
        """Who may approve it, said to who would if it were within the tolerance."""
        if not request.user.has_perm("inventory.change_stocktake"):
            return ""
        lines = _needing_another(request.user, stocktake)
        return str(ApprovalNeedsAnother.of(lines).detail) if lines else ""

    def _pages(self, request: HttpRequest, stocktake: Stocktake) -> list[tuple[Any, str]]:
        pages = []
        counting = stocktake.state == StocktakeState.COUNTING
        if counting and request.user.has_perm("inventory.add_stocktakecount"):
            pages.append((pgettext_lazy("verb", "Count"), "count"))
        if stocktake.started_at and asked.sees_expected(request.user, stocktake):
            pages.append((_("Variances"), "variances"))
        return [
            (label, reverse(f"admin:inventory_stocktake_{name}", args=[stocktake.pk]))
            for label, name in pages
        ]

    @admin.display(description=_("number"), ordering="id")
    def number(self, stocktake: Stocktake) -> str:
        return str(stocktake)

    @admin.display(description=_("what"), ordering="kind")
    def what(self, stocktake: Stocktake) -> str:
        return stocktake.get_kind_display()

    @admin.display(description=_("categories and products"))
    def named(self, stocktake: Stocktake) -> str:
        return ", ".join(asked.names_of(stocktake)) or str(_("everything"))
