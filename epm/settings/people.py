"""How people sign in: django-allauth, with its sign-up and its mail left closed."""

from typing import Any

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["epm.access.backends.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "epm.access.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE; nobody is asked
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/15m/key",  # codes of a second factor; passwords: epm.access.login_limits
    # Whoever shares an address must not be kept out by it. Floods are a proxy's matter.
    "login": None,
    "change_password": "5/m/user",
    "reauthenticate": "10/15m/user",
}
MFA_ADAPTER = "epm.access.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RATE_LIMITS = {"webauthn_login": None}  # nothing there can be guessed
MFA_TOTP_ISSUER = "EPM Retail"
MFA_TOTP_TOLERANCE = 1  # one code before and after: clocks differ; used codes are remembered longer
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TRUST_ENABLED = False
USERSESSIONS_TRACK_ACTIVITY = False  # two statements more on every page
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "epm.access.tokens.RotatingTokens"
HEADLESS_JWT_ALGORITHM = "RS256"
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 300
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = 12 * 3600
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
