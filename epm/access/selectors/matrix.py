"""The rights of every role as people read them, taken from what the code asks at each request."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from epm.access.models import Role, User
from epm.access.permissions import TABLE, VERBS, permissions_of
from epm.access.selectors import rights
from epm.access.selectors.scope import EVERYTHING, Principal, Scope

VERB_NAMES: Final[Mapping[str, str | Promise]] = {
    "view": pgettext_lazy("permission", "View"),
    "add": pgettext_lazy("permission", "Add"),
    "change": pgettext_lazy("permission", "Change"),
    "delete": pgettext_lazy("permission", "Delete"),
}
OTHER_SUBJECTS: Final[Mapping[str, str | Promise]] = {
    "reporting.dashboard": _("Dashboards"),
    "access.matrix": _("Permission matrix"),
    "inventory.stocktakevariance": _("Variances of stocktakes beyond the tolerance"),
    "sales.xreport": _("X reports: what should be in a drawer"),
    "inventory.uncountedaszero": _("Set what was not counted to zero"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing one can do. `roles` answers in the order of `Role`; `keys` are scopes that do."""

    section: str | Promise
    subject: str | Promise
    verb: str | Promise
    name: str
    roles: tuple[bool, ...]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OneScopeKey:
    """A key for the whole chain that holds one scope."""

    scopes: frozenset[str]
    scope: Scope = EVERYTHING
    is_authenticated: bool = True


def person_of(role: Role) -> User:
    """Somebody of that role who sees the whole chain; kept nowhere."""
    person = User(username=role.value, role=role.value, is_active=True, is_staff=True)
    person.scope = EVERYTHING  # type: ignore[attr-defined]
    return person


def lines() -> Iterator[Line]:
    """What the table grants, then what is asked besides it."""
    yield from _granted()
    yield from _reading()


def _granted() -> Iterator[Line]:
    people = [permissions_of(person_of(role)) for role in Role]
    for label, of_role in TABLE.items():
        context, subject = label.split(".")
        for letter, verb in VERBS.items():
            if any(letter in letters for letters in of_role.values()):
                name = f"{context}.{verb}_{subject}"
                yield Line(
                    _("Pages and rows"),
                    _subject(label),
                    VERB_NAMES[verb],
                    name,
                    tuple(name in granted for granted in people),
                )


def _reading() -> Iterator[Line]:
    for right, told in rights.KEY_SCOPES.items():
        if right in rights.PERMISSIONS:
            yield _asked(_("Reading by the API"), told, right, _holder(right))
    sensitive: Mapping[str, Callable[[Principal], bool]] = {
        rights.COSTS: rights.sees_costs,
        rights.CUSTOMERS: rights.sees_people,
    }
    for right, sees in sensitive.items():
        yield _asked(_("Shown or masked, at every door"), rights.KEY_SCOPES[right], right, sees)
    yield _asked(
        _("Shown or masked, at every door"),
        _("Rows of imported files as they came"),
        "files",
        rights.sees_files,
    )


def _holder(right: str) -> Callable[[Principal], bool]:
    return lambda principal: rights.holds(principal, right)


def _asked(
    section: str | Promise, subject: str | Promise, name: str, sees: Callable[[Principal], bool]
) -> Line:
    keys = [scope for scope in rights.KEY_SCOPES if sees(OneScopeKey(frozenset({scope})))]
    return Line(
        section,
        subject,
        VERB_NAMES["view"],
        name,
        tuple(sees(person_of(role)) for role in Role),
        tuple(keys),
    )


def _subject(label: str) -> str | Promise:
    if label in OTHER_SUBJECTS:
        return OTHER_SUBJECTS[label]
    options = apps.get_model(label)._meta  # noqa: SLF001
    return str(capfirst(options.verbose_name_plural))
