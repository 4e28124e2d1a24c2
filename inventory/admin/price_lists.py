from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import scope_of, stores_visible_to
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline
from epm.platform.admin_lists import CappedInlineFormSet
from inventory.admin.currencies import OneCurrency
from inventory.models import ListKind, PriceList, PriceListItem
from inventory.selectors.lowest_prices import lowest_before
from inventory.selectors.price_lists import price_lists_visible_to, reaches
from inventory.selectors.products import products_visible_to


class PriceListForm(forms.ModelForm):
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        store, currency = self.cleaned_data.get("store"), self.cleaned_data.get("currency")
        if store and currency and store.currency != currency:
            self.add_error(
                "currency",
                _("This store sells in %(currency)s.") % {"currency": store.currency},
            )
        return cleaned


class ItemFormSet(CappedInlineFormSet):
    """Knows of each reduced price of its page the lowest before, by one query."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = self.instance
        if listed.pk and listed.kind == ListKind.PROMOTION:
            items = list(self.get_queryset())
            asked = [(item.product_id, listed.pk) for item in items]
            lowest = lowest_before(asked, store_id=listed.store_id)
            for item in items:
                item.lowest_before = lowest.get((item.product_id, listed.pk))

    def add_fields(self, form: Any, index: int | None) -> None:
        """A field in a table has no label of its own."""
        super().add_fields(form, index)
        if form.instance.pk:
            name = _("Price of %(product)s") % {"product": form.instance.product}
            form.fields["price"].widget.attrs["aria-label"] = name


class OfReach:
    """Prices of a list are changed by whose all its stores are."""

    def has_change_permission(self, request: HttpRequest, obj: PriceList | None = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)  # type: ignore[misc]
        return allowed and (obj is None or reaches(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: PriceList | None = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)  # type: ignore[misc]
        return allowed and (obj is None or reaches(request.user, obj))


class ItemInline(OfReach, BackOfficeInline):
    model = PriceListItem
    formset = ItemFormSet
    fields = ["what", "price", "lowest"]
    readonly_fields = ["what", "lowest"]
    ordering = ["product__sku"]
    per_page = 50
    hide_title = True
    verbose_name_plural = _("prices")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceListItem]:
        return super().get_queryset(request).select_related("product")

    def has_add_permission(self, request: HttpRequest, obj: PriceList | None = None) -> bool:
        return False

    @admin.display(description=_("product"))
    def what(self, item: PriceListItem) -> str:
        return str(item.product)

    @admin.display(description=_("lowest price of the 30 days before"))
    def lowest(self, item: PriceListItem) -> str:
        return shown.exact(getattr(item, "lowest_before", None), at_least=2)


class NewItemInline(BackOfficeInline):
    """Where products are put on the list; a field of its own, so that a page asks for no names."""

    model = PriceListItem
    fields = ["product", "price"]
    autocomplete_fields = ["product"]
    visible_choices = {"product": products_visible_to}
    verbose_name_plural = _("put products on the list")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceListItem]:
        return super().get_queryset(request).none()

    def has_add_permission(self, request: HttpRequest, obj: PriceList | None = None) -> bool:
        allowed: bool = super().has_add_permission(request, obj)
        return allowed and (obj is None or reaches(request.user, obj))


@admin.register(PriceList)
class PriceListAdmin(OfReach, OneCurrency, BackOfficeAdmin):
    visible = price_lists_visible_to
    visible_choices = {"store": stores_visible_to}
    form = PriceListForm
    inlines = [ItemInline, NewItemInline]
    list_display = ["code", "name", "state", "kind", "place", "currency", "starts_on", "ends_on"]
    list_display_links = ["code", "name"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("store", VisibleStoreFilter),
        "is_active",
    ]
    list_select_related = ["store"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["store"]
    ordering = ["-starts_on", "code"]
    export_fields = [
        "code", "name", "kind", "store__code", "currency", "starts_on", "ends_on", "is_active",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [("code", "name"), ("kind", "is_active")]}),
        (_("Where and when"), {"fields": [("store", "currency"), ("starts_on", "ends_on")]}),
    ]
    actions_detail = ["edit_in_grid"]
    refusals = {
        "price_list_item_once_per_list": _("A product stands once on a list."),
        "price_list_code_unique_ci": _("This code is taken."),
        "price_list_code_not_empty": _("A code is needed."),
        "price_list_currency_iso_4217": _("Three capital letters, e.g. EUR."),
        "price_list_item_price_not_negative": _("A price is not less than 0."),
        "price_list_ends_after_start": _("The last day is not before the first."),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceList]:
        return super().get_queryset(request).select_related("store")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A list for the whole chain is made by who sees all of it."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "store" and not scope_of(request.user).all_stores:
            field.required = True
        return field

    @action(
        description=_("Edit prices in a grid"), url_path="grid", icon="grid_on",
        permissions=["edit_in_grid"],
    )  # type: ignore[untyped-decorator]  # fmt: skip
    def edit_in_grid(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """With the products on the list; of an empty one, to where they are chosen."""
        grid, listed = reverse("admin:inventory_priceedit_add"), int(object_id)
        has_items = PriceListItem.objects.filter(price_list=listed).exists()
        those = f"listed={listed}&" if has_items else ""
        return HttpResponseRedirect(f"{grid}?{those}target={listed}")

    def has_edit_in_grid_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        if not request.user.has_perm("inventory.add_priceedit") or object_id is None:
            return bool(request.user.has_perm("inventory.add_priceedit"))
        known = str(object_id).isdecimal() and len(str(object_id)) <= 18
        found = price_lists_visible_to(request.user).filter(pk=object_id).first() if known else None
        return found is not None and reaches(request.user, found)

    @display(
        description=_("state"),
        label={"now": "success", "soon": "info", "over": "", "off": "warning"},
    )  # type: ignore[untyped-decorator]
    def state(self, listed: PriceList) -> tuple[str, Any]:
        """By the reader's calendar: a list of many stores begins at many moments."""
        today = timezone.localdate()
        if not listed.is_active:
            return "off", _("not active")
        if listed.starts_on > today:
            return "soon", _("to come")
        if listed.ends_on and listed.ends_on < today:
            return "over", _("over")
        return "now", _("in force")

    @admin.display(description=_("store"), ordering="store__code")
    def place(self, listed: PriceList) -> str:
        return str(listed.store or _("the whole chain"))
