"""Every door of the house."""

from django.contrib import admin
from django.urls import include, path

from epm.platform import favicon, problem_pages

urlpatterns = [
    path("favicon.ico", favicon.favicon),
    path("health/", include("epm.platform.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("epm.api_urls")),
    path("problems/<path:code>", problem_pages.page, name="problem-page"),
    path("access/", include("epm.access.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("reporting.urls")),
]

handler400 = "epm.platform.problems.bad_request"
handler403 = "epm.platform.problems.permission_denied"
handler404 = "epm.platform.problems.page_not_found"
handler500 = "epm.platform.problems.server_error"
