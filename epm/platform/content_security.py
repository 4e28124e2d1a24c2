"""What a page may load: from ourselves alone, and no script that stands in the page."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

HEADER: Final = "Content-Security-Policy"
OUR_OWN: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ADMIN: Final = OUR_OWN | {
    # The theme's Alpine evaluates its attributes and sets styles in them.
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
}


def policy(directives: dict[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


OUR_POLICY: Final = policy(OUR_OWN)
ADMIN_POLICY: Final = policy(ADMIN)


class ContentSecurityPolicyMiddleware:
    """Strict everywhere but in the admin; a view that set the header itself knows better."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        in_admin = match is not None and match.app_name == "admin"
        response.headers.setdefault(HEADER, ADMIN_POLICY if in_admin else OUR_POLICY)
        return response
