from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from tree_queries.query import TreeQuerySet
from unfold.views import ChangeList

from epm.platform.admin import BackOfficeAdmin
from inventory.models import Category
from inventory.selectors.categories import categories_visible_to


class TreeList(ChangeList):
    """Parents before their children, siblings by name, unless a search asks otherwise."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Category]) -> list[str]:
        return []  # tree_queries orders what nobody else orders


@admin.register(Category)
class CategoryAdmin(BackOfficeAdmin):
    list_display = ["in_tree", "code"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent"]
    fields = ["parent", ("code", "name")]
    list_per_page = 200
    export_fields = ["code", "name", "parent__code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        rows = cast("TreeQuerySet", categories_visible_to(request.user).order_by())
        return cast("QuerySet[Category]", rows.with_tree_fields().order_siblings_by("name"))

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return TreeList

    @admin.display(description=_("name"))
    def in_tree(self, category: Category) -> str:
        depth = getattr(category, "tree_depth", 0)
        weight = "600" if depth == 0 else "400"
        return format_html(
            '<span style="padding-left: {}rem; font-weight: {}">{}</span>',
            1.5 * depth,
            weight,
            category.name,
        )
