from typing import Any

from django.http import HttpRequest

from epm.access.selectors.scope import scope_of


class WholeChainOnly:
    """Who gives access to the chain must see the chain."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _sees_all(request) and super().has_module_permission(request)  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _sees_all(request) and super().has_view_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _sees_all(request) and super().has_add_permission(request)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _sees_all(request) and super().has_change_permission(request, obj)  # type: ignore[misc]


def _sees_all(request: HttpRequest) -> bool:
    return scope_of(request.user).all_stores
