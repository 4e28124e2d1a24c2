"""The grid: choose products, change their prices by formula or by hand, look, apply."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from epm.access.models import User
from epm.access.selectors.scope import scope_of
from epm.platform.actor import acting_as
from epm.platform.refusals import Refusal
from inventory.admin.price_choice import (
    ChoiceForm,
    lists_of,
    named_list,
    packed,
    typed_in,
    typed_out,
    unpacked,
)
from inventory.admin.price_rows import Told, told
from inventory.admin.price_words import NotAPrice, number_in
from inventory.models import PriceEdit
from inventory.selectors import price_grid
from inventory.selectors.price_formulas import Ending, Formula, How
from inventory.selectors.price_grid import Preview, Row, Wish
from inventory.selectors.products import products_visible_to
from inventory.services import price_edits

PER_PAGE: Final = 100
BY_HAND: Final = "by-hand-"
ALL, CHANGED, FLAGGED = "all", "changed", "flagged"
WHOSE: Final = gettext_lazy("Choose whose prices change.")
SHOWN: Final = [
    (ALL, gettext_lazy("all products")),
    (CHANGED, gettext_lazy("prices that change")),
    (FLAGGED, gettext_lazy("left, or below cost")),
]


class FormulaForm(forms.Form):
    target = forms.ChoiceField(
        label=gettext_lazy("Prices of"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        error_messages={"invalid_choice": WHOSE},
    )
    how = forms.ChoiceField(
        label=gettext_lazy("Formula"), choices=How.choices, widget=UnfoldAdminSelectWidget
    )
    value = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        max_length=30,
        widget=UnfoldAdminTextInputWidget({"inputmode": "decimal", "autocomplete": "off"}),
    )
    ending = forms.ChoiceField(
        label=gettext_lazy("Round to the nearest"),
        choices=Ending.choices,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Of two as near, the higher."),
    )
    may_sell_below_cost = forms.BooleanField(
        label=gettext_lazy("Allow prices below cost"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("Show"), choices=SHOWN, required=False, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, data: Any, *, request: HttpRequest) -> None:
        super().__init__(data)
        self.request = request
        chain = [("", _("The whole chain"))]
        cast("forms.ChoiceField", self.fields["target"]).choices = [
            *(chain if scope_of(request.user).all_stores else ()),
            *lists_of(request, reached=True),
        ]

    def clean_value(self) -> Decimal:
        text = self.cleaned_data["value"].strip()
        if not text:
            if self.data.get("how", How.NONE) != How.NONE:
                raise forms.ValidationError(_("The formula needs a number."))
            return Decimal(0)
        try:
            return number_in(text)
        except NotAPrice:
            raise forms.ValidationError(_("This is no number.")) from None

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        allowed = {choice for choice, _label in cast("Any", self.fields["target"]).choices}
        if cleaned.get("target") == "" and "" not in allowed:
            self.add_error("target", WHOSE)
        if not self.errors:
            try:
                cleaned["formula"] = Formula(
                    How(cleaned["how"]), cleaned["value"], Ending(cleaned["ending"]),
                    cleaned["may_sell_below_cost"],
                )  # fmt: skip
            except Refusal as refused:
                self.add_error("value", str(refused.detail))
        return cleaned


@dataclass(frozen=True)
class Posted:
    """What the page keeps between its steps, and what was typed since."""

    product_ids: list[int]
    chosen: str
    typed: dict[int, Decimal]
    mistakes: Mapping[int, str]

    @classmethod
    def of(cls, request: HttpRequest) -> "Posted":
        typed, mistakes = typed_in(request.POST.get("typed", "")), {}
        for name, text in request.POST.items():
            one = name.removeprefix(BY_HAND)
            if one == name or not one.isdecimal() or len(one) > 18:
                continue
            typed.pop(int(one), None)
            try:
                if str(text).strip():
                    typed[int(one)] = number_in(str(text))
            except NotAPrice:
                mistakes[int(one)] = str(text)
        ids = unpacked(request.POST.get("products", ""))
        return cls(ids, request.POST.get("chosen", "")[:300], typed, mistakes)


def page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Which step it is, by what was sent."""
    if request.method == "POST" and "products" in request.POST:
        return _step(request, Posted.of(request), site=site)
    asked = {name: str(text).replace("\0", "") for name, text in request.GET.items()}
    target = asked.pop("target", "")
    form = ChoiceForm(asked if asked else None, request=request, site=site)
    if asked and form.is_valid():
        if ids := form.ids():
            return of_products(request, ids, chosen=_chosen(form), site=site)
        form.add_error(None, _("No active product fits this."))
    return _page(request, {"choice": form, "target": named_list(request, target)}, site=site)


def of_products(
    request: HttpRequest, ids: Sequence[int], *, chosen: str, site: AdminSite
) -> HttpResponse:
    """The grid of these products, as it begins."""
    listed = named_list(request, request.GET.get("target", ""))
    begin = {"target": str(listed.pk) if listed else "", "how": How.NONE, "ending": Ending.NONE}
    form = FormulaForm(begin | {"shown": ALL}, request=request)
    return _grid(request, Posted(list(ids), chosen, {}, {}), form=form, site=site)


def _step(request: HttpRequest, posted: Posted, *, site: AdminSite) -> HttpResponse:
    form = FormulaForm(request.POST, request=request)
    if "apply" not in request.POST or not form.is_valid() or posted.mistakes:
        return _grid(request, posted, form=form, site=site)
    wish = _wish(request, posted, form=form)
    if request.POST.get("asked") != _asked(wish):
        messages.warning(
            request, _("You changed something after the preview: look at it again, then apply.")
        )
        return _grid(request, posted, form=form, site=site)
    try:
        edit = _apply(request, wish)
    except Refusal as refused:
        messages.error(request, str(refused.detail))
        return _grid(request, posted, form=form, site=site)
    messages.success(
        request,
        ngettext("%(count)s price changed.", "%(count)s prices changed.", edit.changed)
        % {"count": edit.changed},
    )
    return redirect("admin:inventory_priceedit_change", edit.pk)


def _apply(request: HttpRequest, wish: Wish) -> PriceEdit:
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid.uuid4()
    with acting_as(request.user.get_username(), door="admin"):
        return price_edits.apply(
            key=key, wish=wish, seal=request.POST.get("seal", ""), by=cast("User", request.user),
            now=timezone.now(),
        )  # fmt: skip


def _wish(request: HttpRequest, posted: Posted, *, form: FormulaForm) -> Wish:
    known = products_visible_to(request.user).filter(pk__in=posted.product_ids)
    return Wish(
        product_ids=list(known.order_by("pk").values_list("pk", flat=True)),
        price_list=named_list(request, form.cleaned_data["target"]),
        formula=form.cleaned_data["formula"],
        typed=posted.typed,
    )


def _asked(wish: Wish) -> str:
    """Equal for two forms only where they ask for the same."""
    target = wish.price_list.pk if wish.price_list else ""
    parts = (packed(wish.product_ids), typed_out(dict(wish.typed)), target, wish.formula)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _grid(
    request: HttpRequest, posted: Posted, *, form: FormulaForm, site: AdminSite
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, _kept(posted) | {"form": form}, site=site)
    wish = _wish(request, posted, form=form)
    try:
        preview = price_grid.preview(wish, on=timezone.now().date())
    except Refusal as refused:
        messages.error(request, str(refused.detail))
        return redirect("admin:inventory_priceedit_add")
    rows = _paged(preview, form.cleaned_data["shown"], request.POST.get("page", "1"))
    context = {
        "form": form,
        "told": told(preview),
        "rows": [Told.of(row, wish=wish, mistakes=posted.mistakes) for row in rows],
        "rows_page": rows,
        "changed": 0 if posted.mistakes else len(preview.changed),
    }
    kept = _kept(posted)
    kept["hidden"] |= {"seal": preview.seal, "asked": _asked(wish)}
    return _page(request, kept | context, site=site)


def _kept(posted: Posted) -> dict[str, Any]:
    return {
        "count": len(posted.product_ids),
        "chosen": posted.chosen,
        "hidden": {
            "products": packed(posted.product_ids),
            "chosen": posted.chosen,
            "typed": typed_out(posted.typed),
            "key": uuid.uuid4(),
        },
    }


def _paged(preview: Preview, shown: str, number: str) -> Page[Row]:
    rows = preview.changed if shown == CHANGED else preview.rows
    if shown == FLAGGED:
        rows = [row for row in rows if row.note or row.is_below_cost]
    return Paginator(rows, PER_PAGE).get_page(number)


def _chosen(form: ChoiceForm) -> str:
    """What was chosen, in words."""
    wanted = form.cleaned_data
    lists = dict(cast("Any", form.fields["listed"]).choices)
    words = [wanted["category"], wanted["listed"] and lists[wanted["listed"]], wanted["text"]]
    return " · ".join(str(word) for word in words if word)


def _page(request: HttpRequest, context: dict[str, Any], *, site: AdminSite) -> HttpResponse:
    shared = {
        **site.each_context(request),
        "opts": PriceEdit._meta,  # noqa: SLF001
        "title": _("Edit prices"),
    }
    return TemplateResponse(request, "inventory/price_grid.html", {**shared, **context})
