"""Saving a dashboard as it stands, and tidying up what was saved."""

import re
from typing import Final
from urllib.parse import unquote

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.platform.refusals import Kind, Refusal
from reporting.models import SavedView
from reporting.selectors.saved_views import saved_views_visible_to

MOST: Final = 100
LONGEST_NAME: Final = 80
PATH: Final = re.compile(r"/dashboards/[^\x00-\x20?#\\]*")
UNREADABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


class BadViewName(Refusal):
    code = "reporting/bad-view-name"
    title = "A saved view needs a name"
    kind = Kind.INVALID


class ViewNameTaken(Refusal):
    code = "reporting/view-name-taken"
    title = "A saved view has this name already"


class NotADashboard(Refusal):
    code = "reporting/not-a-dashboard"
    title = "Only dashboards can be saved"
    kind = Kind.INVALID


class TooManyViews(Refusal):
    code = "reporting/too-many-views"
    title = "There are too many saved views"


class NoSuchView(Refusal):
    code = "reporting/no-such-view"
    title = "There is no such saved view"
    kind = Kind.MISSING


@transaction.atomic
def save(*, user: User, name: str, path: str, query: str) -> SavedView:
    """Save the page `path` with its `query` under `name`.

    Raise NotADashboard before anything else, BadViewName, ViewNameTaken, TooManyViews.
    """
    if not _is_a_dashboard(path) or len(query) > 4000 or UNREADABLE.search(query):
        raise NotADashboard(_("Only a page of the dashboards can be saved."))
    name = _checked(name)
    User.objects.select_for_update().get(pk=user.pk)
    mine = saved_views_visible_to(user)
    if mine.count() >= MOST:
        raise TooManyViews(
            _("You have %(count)d saved views: delete one first.") % {"count": MOST}, most=MOST
        )
    return _stored(SavedView(user=user, name=name, path=path, query=query))


@transaction.atomic
def rename(*, user: User, view_id: int, name: str) -> SavedView:
    """Raise BadViewName, ViewNameTaken, NoSuchView."""
    name = _checked(name)
    view = _own(user, view_id)
    view.name = name
    return _stored(view)


@transaction.atomic
def delete(*, user: User, view_id: int) -> None:
    """Raise NoSuchView."""
    _own(user, view_id).delete()


@transaction.atomic
def open_first(*, user: User, view_id: int | None) -> None:
    """Make it the one that opens first, instead of any other; None: no view does.

    Raise NoSuchView.
    """
    User.objects.select_for_update().get(pk=user.pk)
    chosen = None if view_id is None else _own(user, view_id)
    saved_views_visible_to(user).filter(is_default=True).update(is_default=False)
    if chosen:
        chosen.is_default = True
        chosen.save(update_fields=["is_default"])


def _own(user: User, view_id: int) -> SavedView:
    view = saved_views_visible_to(user).select_for_update().filter(pk=view_id).first()
    if view is None:
        raise NoSuchView(_("There is no such saved view."), view=view_id)
    return view


def _is_a_dashboard(path: str) -> bool:
    climbs = ".." in unquote(path).split("/")
    return bool(PATH.fullmatch(path)) and len(path) <= 400 and not climbs


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or UNREADABLE.search(name):
        raise BadViewName(
            _("Give the view a name of at most %(most)d letters.") % {"most": LONGEST_NAME}
        )
    return name


def _stored(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        if "saved_view_name_once_per_user" not in str(error):
            raise
        raise ViewNameTaken(
            _("You have a view called “%(name)s” already.") % {"name": view.name}, name=view.name
        ) from error
    return view
