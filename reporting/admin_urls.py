"""Pages of the back office that ask every context."""

from django.contrib import admin
from django.urls import path

from reporting.views import admin_search

urlpatterns = [path("", admin.site.admin_view(admin_search.search), name="admin-search")]
