from epm.access.models.api_key import ApiKey
from epm.access.models.refresh_token import RefreshToken
from epm.access.models.user import Role, ScopeKind, StoreScope, User
from epm.access.models.view_as import Ending, ViewAsSession

__all__ = [
    "ApiKey",
    "Ending",
    "RefreshToken",
    "Role",
    "ScopeKind",
    "StoreScope",
    "User",
    "ViewAsSession",
]
