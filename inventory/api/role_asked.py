"""What a person's role says about a kind of document, where stock alone would be too much."""

from typing import ClassVar

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from epm.access.models import User


class RoleAsked(APIView):
    """A person's role must allow `model`, besides the right to stock; a key has its scope."""

    model: ClassVar[str]
    verb: ClassVar[str] = "change"

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        verb = "view" if request.method in SAFE_METHODS else self.verb
        user = request.user
        if isinstance(user, User) and not user.has_perm(f"inventory.{verb}_{self.model}"):
            raise PermissionDenied
