"""Settings of csservice. Every deployment value comes from the environment (docs/operations.md).

A wrong value stops the start with a sentence; nothing here reads a file or guesses a secret.
"""

from __future__ import annotations

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from csservice.celery import BEAT, DEMO_EVERY, beat
from csservice.lib.environment import (
    broker_options,
    field_keys,
    networks,
    proxies,
    secret_key,
    zone,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret_key(env)
FIELD_KEYS = field_keys(env)
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}")
if not BASE_URL.startswith(("http://", "https://")) or BASE_URL.endswith("/"):
    raise ImproperlyConfigured("BASE_URL must start with http:// or https:// and not end with /.")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
DEMO = env.bool("DEMO", default=False)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "template_partials",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csservice.lib",
    "csservice.ledger",
    "teams",
    "training",
    "tickets",
    "feedback",
    "kpis",
    "csservice.status",
    "csservice.demo",
]
MIDDLEWARE = [
    "csservice.status.middleware.StatusMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csservice.lib.middleware.SignInMiddleware",
    "teams.middleware.PersonMiddleware",
    "teams.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "csservice.urls"
WSGI_APPLICATION = "csservice.wsgi.application"
TEMPLATE_LOADER = (
    "csservice.lib.templates.Loader",
    [
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ],
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", [TEMPLATE_LOADER])],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "csservice.lib.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "teams.context.frame",
                "training.context.tabs",
            ],
        },
    }
]

# ---- data -----------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'csservice.sqlite3'}")}
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 60
if _database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE + WAL: measured without one "database is locked" (shared/stack.md section 5)
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
        "PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;PRAGMA mmap_size=134217728;",
    }
elif _database["ENGINE"].endswith("postgresql"):
    _database["CONN_HEALTH_CHECKS"] = True
else:
    raise ImproperlyConfigured("DATABASE_URL must be sqlite:///… or postgres://….")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    # A broker that is down must not take the pages with it: the cache then knows nothing, for once.
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {
                "IGNORE_EXCEPTIONS": True,
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 2,
            },
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR / "cache",
        }
    }
SESSION_ENGINE = (
    "django.contrib.sessions.backends.cached_db"
    if REDIS_URL
    else "django.contrib.sessions.backends.db"
)
MEDIA_ROOT = VAR / "media"
MEDIA_URL = "media/"  # never routed: attachments go through tickets.views.attachment

# ---- health ---------------------------------------------------------------------------------
METRICS_ALLOW = networks(env)

# ---- jobs -----------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(REDIS_URL, VAR / "broker")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULE = BEAT | beat(DEMO_EVERY if DEMO else {})
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")
CELERY_TIMEZONE = "UTC"

# ---- people ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["teams.authentication.PeopleBackend"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "teams.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "teams.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "csservice"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATION + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATION + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": _VALIDATION + "CommonPasswordValidator"},
    {"NAME": _VALIDATION + "NumericPasswordValidator"},
]

# ---- language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "csservice" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_TZ = True
TIME_ZONE = zone(env)

# ---- browser --------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "csservice" / "static", BASE_DIR / "build"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "csservice.lib.storage.StaticStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_AGE = 12 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

# ---- mail -----------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default=f"filemail:///{VAR / 'mail'}"))
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="service@csservice.example")
EMAIL_TIMEOUT = 10  # seconds; csservice/lib/mail.py counts on it

# ---- API ------------------------------------------------------------------------------------
IDEMPOTENCY_MODEL = "teams.IdempotencyKey"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "teams.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["csservice.lib.parsing.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "csservice.lib.api.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "csservice.lib.schema.ProblemSchema",
    "DEFAULT_PAGINATION_CLASS": "csservice.lib.paging.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["csservice.lib.throttle.Throttle"],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("API_RATE", default="6000/min"),
        "survey": "120/min",
        "code": "5/min",
    },
    "NUM_PROXIES": proxies(env),
    "PAGE_SIZE": 25,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "csservice",
    "DESCRIPTION": "Customer service of a financial institution: tickets, customers, people.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_PUBLIC": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "displayRequestDuration": True},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AbsenceKindEnum": "teams.models.absences.Absence.Kind",
        "AnsweredViaEnum": "tickets.models.AnsweredVia",
        "AskedViaEnum": "tickets.api.inputs.STAFF_MAY_ASK_BY",
        "ChannelEnum": "tickets.models.Channel",
        "ChipStateEnum": "tickets.api.shapes.STATES",
        "ClockEventKindEnum": "tickets.api.clocks.HAPPENS",
        "ClockStateEnum": "tickets.api.clocks.STATES",
        "ComplaintCauseEnum": "tickets.models.Cause",
        "ComplaintStepEnum": "tickets.models.ComplaintStep",
        "ContactKindEnum": "tickets.models.Contact.Kind",
        "CountedDayKindEnum": "tickets.api.explain.DAYS",
        "ExplainedStateEnum": "tickets.api.explain.SETTLED",
        "IdentifierKindEnum": "tickets.models.Identifier.Kind",
        "LanguageEnum": "teams.models.people.Language",
        "CustomerSegmentEnum": "tickets.api.customers.SEGMENTS",
        "GroupSegmentEnum": "teams.models.groups.Segment",
        "PausableMetricEnum": "tickets.api.policies.PAUSABLE",
        "OutcomeEnum": "tickets.models.Outcome",
        "ProductKindEnum": "tickets.models.Product.Kind",
        "QuestionKindEnum": "training.models.bank.Kind",
        "RetargetModeEnum": "tickets.api.policies.MODES",
        "RoleEnum": "teams.models.people.Role",
        "SeatStateEnum": "training.models.sessions.Seat.Step",
        "StepEnum": "tickets.models.Step",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
