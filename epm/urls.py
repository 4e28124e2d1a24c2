"""Every door of the house."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from epm.platform import favicon, metrics, problem_pages

# One way in for everybody, and one page that changes a password: with limits and a second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
own_password = RedirectView.as_view(pattern_name="account_change_password")

urlpatterns = [
    path("favicon.ico", favicon.favicon),
    path("health/", include("epm.platform.urls")),
    path("accounts/", include("epm.access.account_urls")),
    path("admin/password_change/", own_password),
    path("metrics", metrics.page, name="metrics"),
    path("admin/search/", include("reporting.admin_urls")),
    path("admin/", admin.site.urls),
    path("api/", include("epm.api_urls")),
    path("problems/<path:code>", problem_pages.page, name="problem-page"),
    path("access/", include("epm.access.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("till/", include("sales.urls")),
    path("", include("reporting.urls")),
]

handler400 = "epm.platform.problems.bad_request"
handler403 = "epm.platform.problems.permission_denied"
handler404 = "epm.platform.problems.page_not_found"
handler500 = "epm.platform.problems.server_error"
