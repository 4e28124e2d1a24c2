"""The pages that show the API: its schema, and Swagger UI from our own static files."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.views import SpectacularSwaggerSplitView

from epm.platform.content_security import HEADER, OUR_OWN, policy


class SwaggerUi(SpectacularSwaggerSplitView):
    """Swagger UI sets styles in its page; its scripts are files of ours like everywhere else."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = super().dispatch(request, *args, **kwargs)
        answer.headers[HEADER] = policy(OUR_OWN | {"style-src": "'self' 'unsafe-inline'"})
        return answer
