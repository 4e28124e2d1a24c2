"""The pages of one's own account. django-allauth's names, since it redirects to them by name."""

from allauth.account import views as sign_in
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import include, path

from epm.access.views import accounts
from epm.access.views.by_herself import by_herself

second_factor = [
    path("", accounts.factors_index, name="mfa_index"),
    path("authenticate/", factors.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", by_herself(accounts.ActivateTotp.as_view()), name="mfa_activate_totp"),
    path("totp/deactivate/", by_herself(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/generate/",
        by_herself(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("webauthn/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("webauthn/add/", by_herself(accounts.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("webauthn/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path(
        "webauthn/reauthenticate/",
        passkeys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "webauthn/keys/<int:pk>/remove/",
        by_herself(accounts.RemovePasskey.as_view()),
        name="mfa_remove_webauthn",
    ),
    path(
        "webauthn/keys/<int:pk>/edit/", by_herself(passkeys.edit_webauthn), name="mfa_edit_webauthn"
    ),
]
urlpatterns = [
    path("", accounts.account, name="account"),
    path("login/", sign_in.login, name="account_login"),
    path("logout/", sign_in.logout, name="account_logout"),
    path("reauthenticate/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("password/change/", by_herself(sign_in.password_change), name="account_change_password"),
    path("sessions/", by_herself(accounts.own_sessions), name="usersessions_list"),
    path("2fa/", include(second_factor)),
    # Closed. django-allauth wants to know their addresses.
    path("signup/", accounts.closed, name="account_signup"),
    path("inactive/", accounts.closed, name="account_inactive"),
    path("password/set/", accounts.closed, name="account_set_password"),
]
