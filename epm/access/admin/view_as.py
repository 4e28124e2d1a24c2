from django.contrib import admin

from epm.access.admin.whole_chain import WholeChainOnly
from epm.access.models import ViewAsSession
from epm.access.selectors.view_as import looks_visible_to
from epm.platform.admin import BackOfficeAdmin, ReadOnly


@admin.register(ViewAsSession)
class ViewAsSessionAdmin(ReadOnly, WholeChainOnly, BackOfficeAdmin):
    """Who looked with whose eyes. Begun at /access/view-as, never edited."""

    visible = looks_visible_to
    list_display = ["started_at", "viewer", "viewed", "until", "ending", "ip"]
    list_select_related = ["viewer", "viewed"]
    search_fields = ["viewer__username", "viewed__username"]
    ordering = ["-pk"]
    actions = None
    fields = ["viewer", "viewed", ("started_at", "until"), "ending", "ip"]
    readonly_fields = ["viewer", "viewed", "started_at", "until", "ending", "ip"]
