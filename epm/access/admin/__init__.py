"""People, keys, and the places they are scoped to.

Stores and regions are shown here, not in `organization`: who sees which is for `access` to say.
"""

from epm.access.admin.api_keys import ApiKeyAdmin
from epm.access.admin.changes import ChangeAdmin
from epm.access.admin.people import UserAdmin
from epm.access.admin.places import RegionAdmin, StoreAdmin
from epm.access.admin.view_as import ViewAsSessionAdmin

__all__ = [
    "ApiKeyAdmin",
    "ChangeAdmin",
    "RegionAdmin",
    "StoreAdmin",
    "UserAdmin",
    "ViewAsSessionAdmin",
]
