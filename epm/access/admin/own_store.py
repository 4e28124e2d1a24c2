from typing import Any, ClassVar

from django.http import HttpRequest

from epm.access.selectors.scope import stores_visible_to


class OwnStore:
    """For a page whose new rows belong to a store: who has one store need not choose it."""

    own_store: ClassVar[str] = "store"
    """The field that names it."""

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        stores = list(stores_visible_to(request.user)[:2])
        given = dict(super().get_changeform_initial_data(request))  # type: ignore[misc]
        return {self.own_store: stores[0].pk, **given} if len(stores) == 1 else given
