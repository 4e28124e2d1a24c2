"""The doors of the API, one file of each context; what is none of them is a problem document."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from epm.platform.api_docs import SwaggerUi
from epm.platform.endpoints import Nowhere

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs", SwaggerUi.as_view(url_name="api-schema"), name="api-docs"),
    path("auth/", include("epm.access.api.auth_urls")),
    path("v1/", include("epm.access.api.urls")),
    path("v1/", include("inventory.api.urls")),
    path("v1/", include("sales.api.urls")),
    path("v1/", include("epm.imports.api.urls")),
    path("", include("reporting.api.urls")),
    re_path(r"", Nowhere.as_view(), name="api-nowhere"),
]
