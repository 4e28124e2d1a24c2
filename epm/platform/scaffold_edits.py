"""Where the house is told of a new context: a line it has, and the line to put beside it."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple


class Edit(NamedTuple):
    """`text` goes beside the `anchor`, which stands in the file once."""

    anchor: str
    text: str
    below: bool


def above(anchor: str, text: str) -> Edit:
    return Edit(anchor, text, below=False)


def below(anchor: str, text: str) -> Edit:
    return Edit(anchor, text, below=True)


EDITS: Final[Mapping[str, Sequence[Edit]]] = {
    ".importlinter": (
        above("    reporting\ninclude_external", "    $name\n"),
        below("layers =\n    reporting\n", "    $name\n"),
        above("    reporting\n    epm.access\n", "    $name\n"),
        above(
            "[importlinter:contract:read-only]\n",
            "[importlinter:contract:$name-models]\n"
            "name = Only $name touches its models\n"
            "type = protected\n"
            "protected_modules = $name.models\n"
            "allowed_importers = $name\n\n",
        ),
        below("forbidden_modules =\n    inventory.services\n", "    $name.services\n"),
        above(
            "    reporting.services\n    reporting.selectors\n",
            "    $name.services\n    $name.selectors\n    $name.models\n",
        ),
    ),
    "pyproject.toml": (
        below('isort.known-first-party = ["epm", ', '"$name", '),
        below('\npackages = ["epm", ', '"$name", '),
    ),
    "epm/settings/__init__.py": (above('    "shop",\n    "reporting",\n]', '    "$name",\n'),),
    "epm/settings/admin.py": (
        below(
            '                    _page(_("Imports"), "upload_file", "imports.importrun"),\n',
            '                    _page(_("${Words}s"), "category", "$name.$flat"),\n',
        ),
    ),
    "epm/api_urls.py": (
        below(
            '    path("v1/", include("sales.api.urls")),\n',
            '    path("v1/", include("$name.api.urls")),\n',
        ),
    ),
    "epm/access/permissions.py": (
        above(
            '    "reporting.dashboard": {', '    "$name.$flat": {_D: "vacd", _R: "v", _M: "v"},\n'
        ),
    ),
    "epm/access/selectors/rights.py": (
        above('COSTS: Final = "', '$CONSTANT: Final = "$slug:read"\n'),
        above("    COSTS: _(", '    $CONSTANT: _("${Words}s"),\n'),
        above('    KPIS: "reporting', '    $CONSTANT: "$name.view_$flat",\n'),
    ),
    "tests/architecture/test_conventions.py": (
        above('    "shop",\n    "reporting",\n)', '    "$name",\n'),
    ),
    "tests/architecture/test_directions.py": (
        above('"shop", "reporting")', '"$name", '),
        above('    "reporting": ', '    "$name": 6.5,\n'),
    ),
    "tests/architecture/test_translations.py": (
        above('"shop", "reporting", "templates")', '"$name", '),
    ),
    "tests/architecture/addresses.py": (
        below(
            '    "api/v1/regions/<int:pk>": "api/v1/regions/{region}",\n',
            '    "api/v1/$plural/<int:pk>": "api/v1/$plural/{$flat}",\n',
        ),
    ),
    "tests/factories/house.py": (
        above(
            "    register = baker.make(",
            '    a_$noun = baker.make("$name.$Noun", store=store, code=mark, name=mark)\n',
        ),
        below('            "cashregister": register.pk,\n', '            "$flat": a_$noun.pk,\n'),
        below(
            '            "api-regions": "/api/v1/regions",\n',
            '            "api-$plural": "/api/v1/$plural",\n'
            '            "api-$single": f"/api/v1/$plural/{a_$noun.pk}",\n',
        ),
    ),
    "tests/epm/access/test_admin.py": (
        below(
            '    "access/user": {"director"},\n',
            '    "$name/$flat": {"director", "regional", "manager"},\n',
        ),
    ),
}
