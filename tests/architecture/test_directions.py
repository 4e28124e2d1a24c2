"""What import-linter cannot see: the direction of foreign keys, and whose a door is."""

import grimp
import pytest
from django.apps import apps

CONTEXTS = ("epm", "inventory", "sales", "shop", "reporting")  # bottom to top
FLOORS = {  # inside epm too; Django's own tables lie below all of them
    "platform": 0,
    "organization": 1,
    "access": 2,
    "imports": 3,
    "inventory": 4,
    "sales": 5,
    "shop": 6,
    "reporting": 7,
}
DOORS = ("admin", "api", "tasks", "management", "views")


def our_relations():
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in FLOORS:
            for field in model._meta.get_fields():
                if field.is_relation and not field.auto_created and field.related_model:
                    yield pytest.param(model, field, id=f"{model._meta.label}.{field.name}")


@pytest.mark.parametrize(("model", "field"), list(our_relations()))
def test_foreign_keys_point_downwards(model, field):
    target = field.related_model._meta.app_label

    assert FLOORS.get(target, -1) <= FLOORS[model._meta.app_label]


@pytest.mark.parametrize(("model", "field"), list(our_relations()))
def test_no_context_is_reachable_from_below(model, field):
    """A reverse accessor on a lower context's model would be a way up."""
    above, below = (kind.__module__.split(".")[0] for kind in (model, field.related_model))

    assert field.remote_field.hidden or above == below or below not in CONTEXTS


@pytest.fixture(scope="module")
def imports():
    graph = grimp.build_graph(*CONTEXTS, cache_dir=None)
    return [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    ]


def room(module):
    """`epm.access` or `sales`: the package whose inside is its own."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "epm" else parts[0]


def test_doors_are_private_to_their_context(imports):
    """A door is opened by whoever knocks (URLs, task names, autodiscovery), never imported.

    What epm's rooms keep behind such names (base classes of admin pages, shared fields) is for all.
    """
    trespassers = [
        (importer, imported)
        for importer, imported in imports
        if room(importer) != room(imported)
        and imported.removeprefix(f"{room(imported)}.").split(".")[0] in DOORS
        and room(imported) in CONTEXTS
    ]

    assert trespassers == []
