"""Every setting of the product; docs/operations.md lists what the environment can say."""

from pathlib import Path
from socket import gethostname

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from epm.platform.calendars.retail import RetailCalendar
from epm.platform.environment import Environment, celery_url, redis_database
from epm.platform.signing_key import signing_key
from epm.settings.admin import EPM_DOCUMENTS as EPM_DOCUMENTS
from epm.settings.admin import EPM_HISTORY_READER as EPM_HISTORY_READER
from epm.settings.admin import EPM_TICKET_READER as EPM_TICKET_READER
from epm.settings.admin import UNFOLD as UNFOLD
from epm.settings.api import DRF_STANDARDIZED_ERRORS as DRF_STANDARDIZED_ERRORS
from epm.settings.api import REST_FRAMEWORK as REST_FRAMEWORK
from epm.settings.api import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from epm.settings.doctor import EPM_INVARIANTS as EPM_INVARIANTS
from epm.settings.imports import EPM_IMPORT_KINDS as EPM_IMPORT_KINDS
from epm.settings.imports import EPM_UPLOAD_DAYS as EPM_UPLOAD_DAYS
from epm.settings.imports import EPM_UPLOAD_MB as EPM_UPLOAD_MB
from epm.settings.imports import EPM_WORKBOOK_MEMORY_MB as EPM_WORKBOOK_MEMORY_MB
from epm.settings.imports import EPM_WORKBOOK_SECONDS as EPM_WORKBOOK_SECONDS
from epm.settings.imports import EPM_WORKBOOK_UNPACKED_MB as EPM_WORKBOOK_UNPACKED_MB
from epm.settings.logs import logging_dict
from epm.settings.mail import mail_server
from epm.settings.metrics import EPM_METRICS as EPM_METRICS
from epm.settings.people import *  # noqa: F403 - settings only, each used by Django or allauth
from epm.settings.schedule import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parents[2]
_env = Environment()

# Who may talk to us, and how safely
SECRET_KEY = _env.secret("SECRET_KEY", at_least=32)
DEBUG = _env.flag("EPM_DEBUG", default=False)
ALLOWED_HOSTS = _env.words("EPM_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _env.origins("EPM_TRUSTED_ORIGINS")
_https = _env.flag("EPM_HTTPS", default=False)
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-epm_session" if _https else "epm_session"
CSRF_COOKIE_NAME = "__Host-epm_csrf" if _https else "epm_csrf"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "django_structlog",
    "tree_queries",
    "epm.platform",
    "epm.organization",
    "epm.access",
    "epm.imports",
    "inventory",
    "sales",
    "shop",
    "reporting",
]
# epm.access.ways: which requests pass by; docs/operations.md has the table.
MIDDLEWARE = [
    "epm.platform.http_metrics.HttpMetricsMiddleware",
    "epm.platform.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "epm.access.ways.StaticFiles",
    "epm.platform.request_log.RequestLogMiddleware",
    "sales.api.plain_tickets.PlainTicketsMiddleware",
    "epm.access.ways.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "epm.access.ways.FormTokens",
    "epm.access.ways.People",
    "epm.access.ways.Clock",
    "epm.access.ways.Messages",
    "allauth.account.middleware.AccountMiddleware",
    "epm.access.ways.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "epm.platform.content_security.ContentSecurityPolicyMiddleware",
    # After everything that keeps sessions or wants to know who signed in.
    "epm.access.ways.ViewAs",
]
ROOT_URLCONF = "epm.urls"
WSGI_APPLICATION = "epm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data
_database = _env.database("DATABASE_URL")
_statement_timeout = _env.number("EPM_STATEMENT_TIMEOUT_MS", 0, at_least=0, at_most=3_600_000)
_pool_size = _env.number("EPM_DB_POOL", 8, at_least=1, at_most=100)
_options = _database.pop("OPTIONS", {})
DATABASES = {
    "default": {
        "ENGINE": "epm.platform.postgresql",
        **_database,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": "epm",
            **_options,
            # Compiling a statement takes longer than any page may.
            "options": f"-c jit=off {_options.get('options', '')}"
            f" -c statement_timeout={_statement_timeout}",
            "pool": {
                "name": "epm",
                "min_size": 1,
                "max_size": _pool_size,
                # A page says 503 within three seconds; with a server there, nobody waits at all.
                "timeout": 2.5,
                # Give up early, try anew when asked: otherwise the pauses between tries double,
                # and a long outage goes on for minutes after its end.
                "reconnect_timeout": 3,
            },
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_redis_url = _env.redis("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": _env.redis("EPM_CACHE_URL", default=redis_database(_redis_url, 1)),
        "KEY_PREFIX": "epm",
        "TIMEOUT": 300,
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2},
    },
    "kept": {"BACKEND": "epm.platform.kept.Kept"},  # in PostgreSQL: what must hold without Redis
}
EPM_TAX_RATES = "sales.selectors.taxes.rates_within"
EPM_DATA_VERSION = "reporting.selectors.freshness.data_version"
EPM_CONDITIONAL = "epm.access.conditional"
EPM_REACH = "epm.access.selectors.reach"
EPM_CACHE_DOOR = _env.flag("EPM_CACHE_DOOR", default=True)
SESSION_ENGINE = "epm.platform.sessions"
SESSION_COOKIE_AGE = 12 * 3600

# People: the rest of it is in epm/settings/people.py
_data = EPM_DATA = Path(_env.text("EPM_DATA", str(BASE_DIR / "var"))).expanduser().resolve()
EPM_MFA_REQUIRED = _env.among(
    "EPM_MFA_REQUIRED", ("director", "regional", "manager", "cashier", "analyst")
)
EPM_MFA_KEYS = _env.secrets("EPM_MFA_KEY", at_least=32)
_jwt_key = _env.private_key("EPM_JWT_PRIVATE_KEY")
HEADLESS_JWT_PRIVATE_KEY = SimpleLazyObject(lambda: signing_key(_jwt_key, folder=_data))
ALLAUTH_TRUSTED_PROXY_COUNT = _env.number("EPM_PROXIES", 1 if _https else 0, at_least=0, at_most=10)

# Languages and time
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LANGUAGE_CODE = _env.choice("EPM_LANGUAGE", "en", among=("en", "fr"))
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]
USE_I18N = True
FORMAT_MODULE_PATH = ["epm.platform.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
EPM_RETAIL_CALENDAR = _env.read(
    "EPM_RETAIL_CALENDAR",
    "4-4-5 sunday nearest january",
    by=RetailCalendar.read,
    rule="must look like 4-4-5 sunday nearest january",
)

# Files
STATIC_URL = "/static/"
STATIC_ROOT = Path(_env.text("EPM_STATIC", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "epm.platform.static_files.StaticStorage"},
}
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
MEDIA_ROOT = EPM_DATA / "media"

# Mail: nothing is sent until there is a server
_mail = mail_server(_env)
EPM_SENDS_MAIL = bool(_mail)
EMAIL_HOST, EMAIL_PORT = _mail.get("EMAIL_HOST", ""), _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = "EMAIL_USE_TLS" in _mail, "EMAIL_USE_SSL" in _mail
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = _env.text("EPM_MAIL_FROM", "epm@localhost")

# Work behind the scenes: the queue only wakes, PostgreSQL remembers
CELERY_BROKER_URL = celery_url(_redis_url)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {  # a request waits no longer; epm.celery has the worker's
    "visibility_timeout": 300,
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20

# How it is served. epm.serving reads these where gunicorn wants them; here they are checked.
_env.number("PORT", 8000, at_least=1, at_most=65535)
_env.number("EPM_WEB_WORKERS", 2, at_least=1, at_most=256)
_env.number("EPM_WEB_THREADS", 4, at_least=1, at_most=256)
EPM_DEMO = _env.flag("DEMO", default=True)

# How much of the stock one program or person may keep back at once, in lines; 0: any number
EPM_HOLDS_PER_CONSUMER = _env.number("EPM_HOLDS_PER_CONSUMER", 500, at_least=0, at_most=1_000_000)
# How long ago a ticket may have been sold offline that nobody has looked at, in days
EPM_OFFLINE_DAYS = _env.number("EPM_OFFLINE_DAYS", 31, at_least=1, at_most=3_660)

# What is said about it
LOGGING_CONFIG = "epm.platform.logs.configure"
LOGGING = logging_dict(
    level=_env.choice("EPM_LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR")),
    format_=_env.choice("EPM_LOG_FORMAT", "json", among=("json", "console")),
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True  # tasks know the request that enqueued them
PROMETHEUS_EXPORT_MIGRATIONS = False
EPM_METRICS_TOKEN = _env.text("EPM_METRICS_TOKEN", "")
EPM_METRICS_NETWORKS = _env.networks("EPM_METRICS_NETWORKS")
EPM_METRICS_SECONDS = _env.number("EPM_METRICS_SECONDS", 15, at_least=1, at_most=3600)
EPM_ANSWER_HEADERS = {
    "X-Instance-ID": _env.header("EPM_INSTANCE", gethostname()),
    "X-Service-Name": _env.header("EPM_SERVICE", "epm-retail"),
    "X-Gateway": _env.header("EPM_GATEWAY", "none"),
}

_env.refuse_mistakes()
