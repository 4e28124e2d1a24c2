"""How Django asks what a signed-in person may do."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from epm.access.models import User
from epm.access.permissions import permissions_of


def may_sign_in(user: Any) -> bool:
    """Whether there is anything for this person here: she is active and has a role."""
    return bool(user.is_active and (user.is_superuser or user.role))


class RoleBackend(ModelBackend):
    """Passwords as Django keeps them; permissions from the role alone, without a query."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kw: Any
    ) -> User | None:
        """Whoever has no role has no business here, and is told what a stranger is told."""
        user = super().authenticate(request, username, password, **kw)
        return user if user is not None and may_sign_in(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or obj is not None:
            return set()
        return set(permissions_of(user_obj))

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return self.get_all_permissions(user_obj, obj)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()
