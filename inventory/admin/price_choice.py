"""Which products an edit of prices is about, and how a page keeps them between its steps."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, cast

from django import forms
from django.contrib.admin.sites import AdminSite
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from epm.platform.admin_choices import OneChoice
from inventory.admin.price_words import NotAPrice, number_in
from inventory.models import Category, PriceList, Product
from inventory.selectors.categories import categories_visible_to, ids_below
from inventory.selectors.price_grid import MOST
from inventory.selectors.price_lists import price_lists_visible_to, reaches
from inventory.selectors.products import products_visible_to

MOST_LISTS: Final = 500
LONGEST_ID: Final = 18


class ChoiceForm(forms.Form):
    """Products by where they hang, what they are called, or the list they stand on."""

    category = forms.ModelChoiceField(
        queryset=Category.objects.none(),
        label=_("All products of a category, with those below it"),
        required=False,
    )
    listed = forms.ChoiceField(
        label=_("All products on a price list"), required=False, widget=UnfoldAdminSelectWidget
    )
    text = forms.CharField(
        label=_("SKU, name or brand contains"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, data: Any, *, request: HttpRequest, site: AdminSite) -> None:
        super().__init__(data)
        self.request = request
        category = cast("forms.ModelChoiceField", self.fields["category"])
        category.queryset = categories_visible_to(request.user)
        category.widget = OneChoice(
            Product._meta.get_field("category"),  # noqa: SLF001
            site,
            attrs={"class": "unfold-admin-autocomplete"},
            choices=category.choices,
        )
        lists = cast("forms.ChoiceField", self.fields["listed"])
        lists.choices = [("", "—"), *lists_of(request, reached=False)]

    def clean(self) -> dict[str, Any] | None:
        if not any(self.cleaned_data.get(name) for name in self.fields) and not self.errors:
            raise forms.ValidationError(_("Choose by at least one of these."))
        return self.cleaned_data

    def ids(self) -> list[int]:
        """The active products that are all of it; one more than an edit takes tells of too many."""
        wanted = self.cleaned_data
        rows: QuerySet[Product] = products_visible_to(self.request.user).filter(is_active=True)
        if wanted["category"]:
            rows = rows.filter(category__in=ids_below(wanted["category"]))
        if wanted["listed"]:
            rows = rows.filter(list_prices__price_list=wanted["listed"])
        if text := wanted["text"].strip():
            rows = rows.filter(
                Q(sku__icontains=text) | Q(name__icontains=text) | Q(brand__icontains=text)
            )
        return list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])


def lists_of(request: HttpRequest, *, reached: bool) -> Iterator[tuple[str, str]]:
    """Lists in sight as choices; only those one may change when `reached`."""
    for listed in price_lists_visible_to(request.user)[:MOST_LISTS]:
        if not reached or reaches(request.user, listed):
            yield str(listed.pk), str(listed)


def packed(ids: Iterable[int]) -> str:
    """Ids as a form keeps them: 1-3,7."""
    spans: list[list[int]] = []
    for one in sorted(set(ids)):
        if spans and spans[-1][1] == one - 1:
            spans[-1][1] = one
        else:
            spans.append([one, one])
    return ",".join(f"{first}-{last}" if first < last else f"{first}" for first, last in spans)


def unpacked(text: str) -> list[int]:
    """The ids again; nothing that is none, and no more than an edit takes and one."""
    found: set[int] = set()
    for span in text.split(","):
        first, dash, last = span.partition("-")
        if not _is_id(first) or (dash and not _is_id(last)):
            continue
        end = min(int(last or first), int(first) + MOST)
        found.update(range(int(first), end + 1))
        if len(found) > MOST:
            break
    return sorted(found)[: MOST + 1]


def typed_in(text: str) -> dict[int, Decimal]:
    """Prices by hand, as a form keeps them: 7:2.49,9:3."""
    found: dict[int, Decimal] = {}
    for pair in text.split(",") if text else ():
        one, _colon, price = pair.partition(":")
        try:
            number = number_in(price)
        except NotAPrice:
            continue
        if _is_id(one) and len(found) < MOST:
            found[int(one)] = number
    return found


def typed_out(typed: dict[int, Decimal]) -> str:
    return ",".join(f"{one}:{price}" for one, price in sorted(typed.items()))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


def named_list(request: HttpRequest, text: str) -> PriceList | None:
    """The list of that id which one may change; None when there is none such."""
    if not _is_id(text):
        return None
    listed = price_lists_visible_to(request.user).filter(pk=int(text)).first()
    return listed if listed and reaches(request.user, listed) else None
