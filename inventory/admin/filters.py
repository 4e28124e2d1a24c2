from epm.access.admin.filters import VisibleFilter
from inventory.selectors.categories import categories_visible_to


class VisibleCategoryFilter(VisibleFilter):
    visible = categories_visible_to
