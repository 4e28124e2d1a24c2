from epm.access.models.api_key import ApiKey
from epm.access.models.user import Role, ScopeKind, StoreScope, User

__all__ = ["ApiKey", "Role", "ScopeKind", "StoreScope", "User"]
