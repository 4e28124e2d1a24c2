"""What every admin page of the product has in common."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, NoReturn, cast

import structlog
from django import forms
from django.conf import settings
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import get_select2_language
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import DataError, IntegrityError, models, transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import BaseInlineMixin, ModelAdmin, TabularInline

from epm.platform.actor import acting_as
from epm.platform.admin_choices import TypedChoices
from epm.platform.admin_decimals import PLAIN_DECIMALS, PlainDecimals
from epm.platform.admin_history import ChangeHistory
from epm.platform.admin_lists import CappedInlineFormSet, Exported, InfinitePaginator
from epm.platform.admin_refusals import telling
from epm.platform.refusals import Refusal

logger = structlog.get_logger(__name__)
Visible = Callable[[Any], models.QuerySet]


class Scoped(TypedChoices):
    """Rows and choices come from `…_visible_to` selectors, nothing else."""

    visible: ClassVar[Visible | None] = None
    """The selector of the rows themselves; None where everybody may see every row."""
    visible_choices: ClassVar[Mapping[str, Visible]] = {}
    """The selector of what a relation may point at, by field name."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        select = type(self).visible
        if select is None:
            return cast("models.QuerySet", super().get_queryset(request))  # type: ignore[misc]
        rows = select(request.user)
        ordering = self.get_ordering(request)  # type: ignore[attr-defined]
        return rows.order_by(*ordering) if ordering else rows

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.visible_choices:
            kwargs["queryset"] = self.visible_choices[db_field.name](request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.visible_choices:
            kwargs["queryset"] = self.visible_choices[db_field.name](request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


UNREADABLE: Final = (
    DataError, ValidationError, ValueError, TypeError, OverflowError, IncorrectLookupParameters,
)  # fmt: skip
"""What a filter's value ends in that its column cannot be compared with."""
PAGE_DIGITS: Final = 9


def refuse_hostile_query(request: HttpRequest) -> None:
    """What PostgreSQL cannot take: a NUL byte, a page beyond its integers."""
    for name, values in request.GET.lists():
        if any("\0" in text for text in (name, *values)):
            raise BadRequest
        if name in ("p", "page") and any(len(value) > PAGE_DIGITS for value in values):
            raise BadRequest


def _filtered_by(list_filter: Any) -> str:
    """The field, or a custom filter's own parameter."""
    if isinstance(list_filter, (tuple, list)):
        return str(list_filter[0])
    return str(getattr(list_filter, "parameter_name", list_filter))


def _words_of_choices() -> forms.Media:
    """What fields with a search say, in the page's language.

    The theme and Django each load a select2; the words must be there before the second one, and
    all of it before Django takes jQuery's name away.
    """
    language = get_select2_language()
    if not language:
        return forms.Media()
    jquery = "jquery.js" if settings.DEBUG else "jquery.min.js"
    select2 = "select2.full.js" if settings.DEBUG else "select2.full.min.js"
    vendor = "admin/js/vendor/"
    files = [f"{vendor}jquery/{jquery}", f"{vendor}select2/{select2}",
             f"{vendor}select2/i18n/{language}.js", f"{vendor}select2/select2.full.js",
             "admin/js/jquery.init.js"]  # fmt: skip
    return forms.Media(js=list(dict.fromkeys(files)))


class BackOfficeAdmin(ChangeHistory, Exported, Scoped, PlainDecimals, ModelAdmin):
    """A page whose writes have an actor and whose refusals are told in the form."""

    formfield_overrides = PLAIN_DECIMALS
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    list_per_page = 50
    paginator: type[Paginator] = InfinitePaginator
    show_full_result_count = False
    warn_unsaved_form = True
    refusals: ClassVar[Mapping[str, str | Promise]] = {}
    """What to say when the constraint of that name refuses."""

    @property
    def media(self) -> forms.Media:
        return cast("forms.Media", super().media + _words_of_choices())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return cast(
                "HttpResponse", super().changeform_view(request, object_id, form_url, extra_context)
            )
        try:
            with acting_as(request.user.get_username(), door="admin"):
                return cast(
                    "HttpResponse",
                    super().changeform_view(request, object_id, form_url, extra_context),
                )
        except IntegrityError as refused:
            reason = self._reason(refused)
        except Refusal as refused:
            reason = self.words_of(refused)
        request.refused = reason  # type: ignore[attr-defined]
        with transaction.atomic():  # the form again, now with why not
            return cast(
                "HttpResponse", super().changeform_view(request, object_id, form_url, extra_context)
            )

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        *,
        change: bool = False,
        **kw: Any,
    ) -> type[ModelForm]:
        form = telling(super().get_form(request, obj, change=change, **kw), self.refusals)
        reason = getattr(request, "refused", None)
        if reason is None:
            return form

        class Refused(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                cleaned = super().clean()
                self.add_error(None, reason)
                return cleaned

        return Refused

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        """What is out of sight is not there: neither shown, nor told apart from what never was."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        raise Http404

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with acting_as(request.user.get_username(), door="admin"):
            return cast("HttpResponse", super().delete_view(request, object_id, extra_context))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        refuse_hostile_query(request)
        if request.method == "POST":
            self._refuse_what_is_no_key(request)
            with acting_as(request.user.get_username(), door="admin"):
                return cast("HttpResponse", super().changelist_view(request, extra_context))
        answer = self.reading_the_query(
            request, lambda: super(BackOfficeAdmin, self).changelist_view(request, extra_context)
        )
        return cast("HttpResponse", answer)

    def _refuse_what_is_no_key(self, request: HttpRequest) -> None:
        """Of the rows that an action is asked for."""
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.to_python(key)
            except ValidationError as wrong:
                raise BadRequest from wrong

    def reading_the_query(self, request: HttpRequest, answer: Callable[[], Any]) -> Any:
        """What `answer` gives; an address that cannot be read leads back to the list."""
        refuse_hostile_query(request)
        if not request.GET.keys() - {ERROR_FLAG}:  # then a failure is ours, not the address's
            return answer()
        try:
            with transaction.atomic():
                return answer()
        except UNREADABLE as refused:
            logger.warning("admin_query_refused", path=request.path, kind=type(refused).__name__)
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only by what the page offers as a filter: any other column could be guessed at."""
        offered = any(
            lookup == name or lookup.startswith((f"{name}__", f"{name}_from", f"{name}_to"))
            for name in map(_filtered_by, self.get_list_filter(request))
        )
        return offered and bool(super().lookup_allowed(lookup, value, request))

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        refuse_hostile_query(request)  # autocompletion comes here only
        found, duplicates = super().get_search_results(request, queryset, search_term)
        return found, bool(duplicates)

    def words_of(self, refused: Refusal) -> str:
        """A refusal as the form tells it."""
        return str(refused.detail)

    def _reason(self, refused: IntegrityError) -> str:
        """In our words where we have them, else PostgreSQL's own first line."""
        diagnosis = getattr(refused.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", None) or ""
        if name in self.refusals:
            return str(self.refusals[name])
        said = getattr(diagnosis, "message_primary", None) or str(refused)
        return _("The database refused: %(reason)s") % {"reason": re.sub(r"\s+", " ", said)}


class ReadOnly:
    """Nothing is added, changed or deleted here, whatever the role."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class LedgerAdmin(ReadOnly, BackOfficeAdmin):
    """A page over a table of millions that is never written."""

    actions = None


class BackOfficeInline(Scoped, PlainDecimals, TabularInline):
    """Rows that belong to the page's own."""

    formfield_overrides = BaseInlineMixin.formfield_overrides | PLAIN_DECIMALS
    formset = CappedInlineFormSet
    extra = 0

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A column's heading names its fields for who hears the page, too."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", capfirst(field.label))
        return field

    def get_formset(
        self, request: HttpRequest, obj: models.Model | None = None, **kwargs: Any
    ) -> Any:
        page = self.admin_site.get_model_admin(self.parent_model)
        kwargs.setdefault("form", telling(self.form, page.refusals))
        return super().get_formset(request, obj, **kwargs)
