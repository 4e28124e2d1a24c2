from django.contrib import admin
from django.core.paginator import Paginator

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import stores_visible_to
from epm.platform.admin import BackOfficeAdmin
from sales.models import CashRegister
from sales.selectors.registers import registers_visible_to


@admin.register(CashRegister)
class CashRegisterAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = registers_visible_to
    visible_choices = {"store": stores_visible_to}
    list_display = ["code", "name", "store", "is_active"]
    list_display_links = ["code", "name"]
    list_filter = [("store", VisibleStoreFilter), "is_active"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["store"]
    export_fields = ["store__code", "code", "name", "is_active"]
    ordering = ["store__code", "code"]
    fields = ["store", ("code", "name"), "is_active"]
