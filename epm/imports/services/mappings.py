"""Mappings kept by name, shipped with the product or handed in as TOML."""

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from epm.access.models import User
from epm.imports import mapping_toml
from epm.imports.kinds import kind_named
from epm.imports.mapping import BadMapping, mapping_from
from epm.imports.mapping_values import check_plain
from epm.imports.models import SavedMapping

SHIPPED: Final = Path(__file__).resolve().parents[1] / "mappings"
LONGEST: Final = mapping_toml.LONGEST


def save(
    *, name: str, kind_name: str, document: Mapping[str, Any], by: User | None, now: datetime
) -> SavedMapping:
    """Keep a mapping by its name, in place of the one of that name. Raises BadMapping."""
    name = name.strip()
    if not name or len(name) > 80 or not name.isprintable():
        raise BadMapping(_("Give the mapping a name of at most 80 characters."))
    mapping_from(dict(document), kind=kind_name)
    kept, _made = SavedMapping.objects.update_or_create(
        kind=kind_name,
        name=name,
        defaults={"document": dict(document), "saved_by": by, "saved_at": now},
    )
    return kept


def named(*, name: str, kind_name: str) -> dict[str, Any]:
    """The saved mapping of this name, else the shipped one. Raises BadMapping."""
    saved = SavedMapping.objects.filter(kind=kind_name, name=name).first()
    if saved is not None:
        return dict(saved.document)
    if name in names_shipped(kind_name=kind_name):
        return _as_json(tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8")))
    raise BadMapping(
        _("There is no mapping “%(name)s” for %(kind)s.") % {"name": name[:80], "kind": kind_name}
    )


def names_shipped(*, kind_name: str) -> list[str]:
    """The shipped mappings of a kind, by name."""
    found = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in SHIPPED.glob("*.toml")
    }
    return sorted(name for name, document in found.items() if document.get("kind") == kind_name)


def read_toml(*, text: bytes, kind_name: str) -> dict[str, Any]:
    """The document of an uploaded mapping file. Raises BadMapping."""
    found = mapping_toml.loads(text)
    check_plain(found)
    document = _as_json(found)
    kind = kind_named(kind_name)
    mapping = mapping_from(document, kind=kind_name)
    if mapping.columns:
        kind.check(mapping)
    return document


def _as_json(document: dict[str, Any]) -> dict[str, Any]:
    """Dates of TOML as text, which is how a mapping takes them."""
    plain: dict[str, Any] = json.loads(json.dumps(document, default=str))
    return plain
