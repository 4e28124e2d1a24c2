"""Questions about the category tree, which is the chain's: whoever sees a store sees all of it."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import Category

# Upwards by parent keys; the depth guards against a loop that no constraint can forbid.
PATH = """
    WITH RECURSIVE upwards (id, code, name, parent_id, depth) AS (
        SELECT id, code, name, parent_id, 0 FROM inventory_category WHERE id = %s
        UNION ALL
        SELECT c.id, c.code, c.name, c.parent_id, u.depth + 1
        FROM inventory_category c JOIN upwards u ON c.id = u.parent_id
        WHERE u.depth < 100
    )
    SELECT id, code, name FROM upwards ORDER BY depth DESC
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One category on the way from the root."""

    id: int
    code: str
    name: str


def categories_visible_to(principal: Principal) -> QuerySet[Category]:
    """Every category, for whoever sees at least one store."""
    scope = scope_of(principal)
    # Without tree fields: most questions need no recursive query.
    rows: QuerySet[Category] = Category.objects.without_tree_fields().order_by("code")
    return rows if scope.all_stores or scope.store_ids else rows.none()


def path_to(category_id: int | None) -> list[Step]:
    """The categories from the root down to this one, itself included; empty for none."""
    if category_id is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(PATH, [category_id])
        return [Step(*row) for row in cursor.fetchall()]


def ids_below(category: Category) -> list[int]:
    """The ids of a category and all its descendants."""
    tree: QuerySet[Category] = Category.objects.descendants(category, include_self=True)
    return list(tree.values_list("pk", flat=True))
