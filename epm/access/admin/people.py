from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from epm.access.admin.sign_in import SignInActions
from epm.access.admin.whole_chain import WholeChainOnly
from epm.access.models import StoreScope, User
from epm.access.models.user import end_of_set_up
from epm.access.selectors import second_factor
from epm.access.selectors.scope import regions_visible_to, stores_visible_to
from epm.access.selectors.view_as import may_view_as_others, people_viewable_by
from epm.platform.actor import acting_as
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline

admin.site.unregister(Group)  # permissions come from roles alone
admin.site.unregister([Authenticator, EmailAddress, UserSession])  # secrets, and what is not used


class PlacelessFilter(DropdownFilter):
    title = _("may see no store")
    parameter_name = "placeless"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [("1", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() != "1":
            return queryset
        return queryset.filter(store_scopes__isnull=True, is_superuser=False)


class StoreScopeInline(BackOfficeInline):
    model = StoreScope
    fields = ["kind", "region", "store"]
    autocomplete_fields = ["region", "store"]
    visible_choices = {"region": regions_visible_to, "store": stores_visible_to}
    verbose_name_plural = _("may see")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoreScope]:
        return super().get_queryset(request).select_related("region", "store")


@admin.register(User)
class UserAdmin(SignInActions, WholeChainOnly, DjangoUserAdmin, BackOfficeAdmin):  # type: ignore[misc]
    """People and where they may look. Only a superuser makes or changes a superuser."""

    paginator = Paginator  # type: ignore[misc]
    show_full_result_count = True  # type: ignore[misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [StoreScopeInline]
    history_parts = (Authenticator, UserSession)
    list_display = [
        "username",
        "full_name",
        "role",
        "is_active",
        "is_staff",
        "second_factor_state",
        "last_login",
    ]
    list_filter = [("role", ChoicesDropdownFilter), "is_active", PlacelessFilter]
    export_fields = [
        "username", "first_name", "last_name", "email", "role", "is_active", "is_staff",
        "last_login",
    ]  # fmt: skip
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined", "is_demo", "second_factor_state"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("May do"), {"fields": ["role", "is_active", "is_staff"]}),
        (_("Signing in"), {"fields": ["second_factor_state"]}),
        (_("Dates"), {"fields": [("last_login", "date_joined"), "is_demo"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2", "role", "is_staff"]}),
    ]

    actions_detail = ["view_as", "end_sessions", "remove_second_factor", "allow_second_factor"]

    @action(
        description=_("View as"), url_path="view-as", permissions=["view_as"], icon="visibility"
    )  # type: ignore[untyped-decorator]
    def view_as(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that asks once more; looking begins with a POST."""
        return HttpResponseRedirect(f"{reverse('view-as')}?user={int(object_id)}")

    def has_view_as_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return may_view_as_others(request.user)
        known = str(object_id).isdecimal() and len(str(object_id)) <= 18
        return known and people_viewable_by(request.user).filter(pk=object_id).exists()

    def user_change_password(self, request: HttpRequest, *asked: str, **named: str) -> HttpResponse:
        with acting_as(request.user.get_username(), door="admin"):
            return super().user_change_password(request, *asked, **named)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return second_factor.with_factor(super().get_queryset(request))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """A new role may need what the old one did not."""
        if change and "role" in form.changed_data:
            obj.second_factor_until = end_of_set_up()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Nobody takes away her own access, or gives herself more."""
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None and obj.pk == request.user.pk:
            fields += ["role", "is_active", "is_staff"]
        return fields
