import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import action

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import stores_visible_to
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline, ReadOnly
from sales.admin import target_share, target_spread
from sales.admin.target_spread import spread_in_words
from sales.models import Phasing, StoreDayTarget, StoreTarget
from sales.selectors.targets import targets_visible_to
from sales.services import targets


class StoreTargetForm(forms.ModelForm):
    class Meta:
        model = StoreTarget
        fields = ["store", "month", "amount", "phasing", "day_weights"]

    def clean_month(self) -> datetime.date:
        """Any day names its month."""
        day: datetime.date = self.cleaned_data["month"]
        return day.replace(day=1)

    def clean(self) -> dict[str, Any]:
        """Weights for each day, whatever was given; last year's are looked up now."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"store", "month", "phasing", "day_weights"} <= said.keys():
            return said
        try:
            found = targets.spread(
                store_id=said["store"].pk,
                month=said["month"],
                phasing=Phasing(said["phasing"]),
                weights=said["day_weights"] or (),
            )
        except targets.BadDayWeights as refused:
            self.add_error("day_weights", str(refused.detail))
        except targets.ClosedAllMonth as refused:
            self.add_error("phasing", str(refused.detail))
        else:
            said["day_weights"], self.instance.profile = found.weights, found.profile
        return said


class DayTargetInline(ReadOnly, BackOfficeInline):
    """What the database made of the month."""

    model = StoreDayTarget
    fields = ["weekday", "share"]
    readonly_fields = fields
    ordering = ["day"]
    verbose_name_plural = _("days")
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoreDayTarget]:
        return super().get_queryset(request).select_related("target__store")

    @admin.display(description=_("day"))
    def weekday(self, row: StoreDayTarget) -> str:
        return shown.day(row.day, weekday=True)

    @admin.display(description=_("target excl. tax"))
    def share(self, row: StoreDayTarget) -> str:
        return shown.amount(row.amount, currency=row.target.store.currency)


@admin.register(StoreTarget)
class StoreTargetAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = targets_visible_to
    visible_choices = {"store": stores_visible_to}
    form = StoreTargetForm
    inlines = [DayTargetInline]
    list_display = ["store", "month_shown", "goal", "how"]
    list_display_links = ["store", "month_shown"]
    list_filter = [
        ("store", VisibleStoreFilter),
        ("month", RangeDateFilter),
        ("phasing", ChoicesDropdownFilter),
    ]
    list_select_related = ["store"]
    search_fields = ["store__code", "store__name"]
    autocomplete_fields = ["store"]
    export_fields = [
        "store__code", "month", "amount", "store__currency", "phasing", "profile",
    ]  # fmt: skip
    actions_detail = ["spread_anew"]
    actions_list = ["share_out"]
    ordering = ["-month", "store__code"]
    refusals = {
        "store_target_day_weights": _(
            "Give one weight for each day of the month, none negative and not all zero."
        ),
        "store_target_amount_decimals": _(
            "The target has more decimals than the store's currency."
        ),
    }

    def get_fields(self, request: HttpRequest, obj: StoreTarget | None = None) -> list[str]:
        fields = ["store", "month", "amount", "phasing", "day_weights"]
        return fields if obj is None else [*fields, "how"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: StoreTarget | None = None
    ) -> list[str]:
        return ["how"]

    @action(
        description=_("Spread anew"), url_path="spread", icon="calendar_view_month",
        permissions=["spread_anew"],
    )  # type: ignore[untyped-decorator]  # fmt: skip
    def spread_anew(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Each day as it is and as it would be, then one step."""
        target = targets_visible_to(request.user).select_related("store").get(pk=object_id)
        return target_spread.page(request, target, site=self.admin_site)

    def has_spread_anew_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        may = bool(request.user.has_perm("sales.change_storetarget"))
        if not may or object_id is None:
            return may
        known = str(object_id).isdecimal() and len(str(object_id)) <= 18
        return known and targets_visible_to(request.user).filter(pk=object_id).exists()

    @action(
        description=_("Share a target out"), url_path="share", icon="call_split",
        permissions=["share_out"],
    )  # type: ignore[untyped-decorator]  # fmt: skip
    def share_out(self, request: HttpRequest) -> HttpResponse:
        """Of a region or the chain, over its stores; each share is shown first."""
        return target_share.page(request, site=self.admin_site)

    def has_share_out_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perms(["sales.add_storetarget", "sales.change_storetarget"]))

    @admin.display(description=_("spread"), ordering="phasing")
    def how(self, target: StoreTarget) -> str:
        return spread_in_words(target.phasing, target.profile)

    @admin.display(description=_("month"), ordering="month")
    def month_shown(self, target: StoreTarget) -> str:
        return date_format(target.month, "YEAR_MONTH_FORMAT")

    @admin.display(description=_("target excl. tax"), ordering="amount")
    def goal(self, target: StoreTarget) -> str:
        return shown.amount(target.amount, currency=target.store.currency)
