"""Settings, all from the environment. `.env.example` explains each variable; nothing else reads `os.environ`."""

from datetime import date
from pathlib import Path
from urllib.parse import urlparse

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from n2store import reachable
from n2store.pictures import pictures

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
N2STORE_HOME = BASE_DIR / env.path("N2STORE_HOME", default=".n2store")
for _file in (BASE_DIR / ".env", N2STORE_HOME / "services.env", N2STORE_HOME / "secrets.env"):
    if _file.is_file():
        env.read_env(_file)  # Never overwrites what the environment sets.

if "DATABASE_URL" not in env.ENVIRON:
    raise ImproperlyConfigured(
        f"DATABASE_URL is not set and no embedded services are known under {N2STORE_HOME}. "
        "Start them with `make run`, or set DATABASE_URL and REDIS_URL (see .env.example)."
    )

# --- Django

SECRET_KEY = env("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=False)
PORT = env.int("PORT", default=8000)  # Where the front listens.
# A cookie belongs to a host, not to a port: two copies side by side must not log each other out.
SESSION_COOKIE_NAME = env("SESSION_COOKIE_NAME", default=f"n2store_session_{PORT}")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "n2store",
    "proxy",
    "customers",
    "wallets",
    "tickets",
    "banking",
    "realtime",
]

MIDDLEWARE = [
    "n2store.webhooks.WebhooksFirst",
    "n2store.cors.PagesElsewhere",
    "n2store.deprecation.DeprecatedV1",
    "n2store.programs.ProgramsFirst",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "n2store.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

N2STORE_FRONT = env("N2STORE_FRONT", default="caddy")
if N2STORE_FRONT == "daphne":  # Otherwise Caddy serves the static files.
    MIDDLEWARE.insert(4, "whitenoise.middleware.WhiteNoiseMiddleware")

ROOT_URLCONF = "n2store.urls"
WSGI_APPLICATION = "n2store.wsgi.application"
ASGI_APPLICATION = "n2store.asgi.application"
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"

# --- PostgreSQL: the truth

DATABASE_POOL_MAX = env.int("DATABASE_POOL_MAX", default=4)  # Connections of a process; 0 for no pool.
DATABASE_POOL_TIMEOUT_S = 10
_guards_ms = {"statement_timeout": 15_000, "lock_timeout": 8_000, "idle_in_transaction_session_timeout": 30_000}
DATABASES = {"default": env.db_url("DATABASE_URL", engine="n2store.database")}
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
    "options": " ".join(f"-c {name}={value}" for name, value in _guards_ms.items()),
    "server_side_binding": True,
    "prepare_threshold": 2,  # Django switches prepared statements off by default.
}
if DATABASE_POOL_MAX:
    pool = {"min_size": 1, "max_size": DATABASE_POOL_MAX, "timeout": DATABASE_POOL_TIMEOUT_S}
    DATABASES["default"]["OPTIONS"]["pool"] = pool
else:  # Celery closes a whole pool after each task; a connection of its own it keeps, see `n2store/celery.py`.
    DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True

# --- Redis: broker, wake-ups and short caches; everything in it may be lost

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
REDIS_TIMEOUT_S = 0.5
_redis = urlparse(REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}?db=1" if _redis.scheme == "unix" else REDIS_URL,
        "KEY_PREFIX": "n2store",
        "OPTIONS": {"socket_timeout": REDIS_TIMEOUT_S, "socket_connect_timeout": REDIS_TIMEOUT_S},
    }
}
CELERY_BROKER_URL = f"redis+socket://{_redis.path}?virtual_host=2" if _redis.scheme == "unix" else REDIS_URL
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 4  # Seconds; unfinished tasks go back to the queue.
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=2)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 60 * 60}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "prune-inbox": {"task": "realtime.tasks.prune_inbox", "schedule": 60 * 60},
    "prune-events": {"task": "realtime.tasks.prune_events", "schedule": 60 * 60},
    "prune-traces": {"task": "proxy.tasks.prune_traces", "schedule": 60 * 60},
    "prune-frames": {"task": "realtime.tasks.prune_frames", "schedule": 60 * 60},
    "link-contacts": {"task": "realtime.tasks.link_contacts", "schedule": 60},
    "watch-silence": {"task": "realtime.tasks.watch_silence", "schedule": 60},
    "watch-jobs": {"task": "n2store.tasks.watch_jobs", "schedule": 5 * 60},
    "tell-alerts": {"task": "proxy.tasks.tell_alerts", "schedule": 60},
    "prune-gateway": {"task": "proxy.tasks.prune_gateway", "schedule": crontab(hour=4, minute=10)},
    "prune-job-runs": {"task": "n2store.tasks.prune_job_runs", "schedule": crontab(hour=4, minute=0)},
    "credit-approved": {"task": "banking.tasks.credit_approved", "schedule": 5 * 60},
    "check-topups": {"task": "banking.tasks.check_topups", "schedule": 5},
    "match-due": {"task": "banking.tasks.match_due", "schedule": 15},
    "retry-failed-deliveries": {"task": "banking.tasks.retry_failed_deliveries", "schedule": 60},
    "check-continuity": {"task": "banking.tasks.check_continuity", "schedule": 30},
    "ask-sepay": {"task": "banking.tasks.ask_sepay", "schedule": 5 * 60},
    "expire-credits": {"task": "wallets.tasks.expire_credits", "schedule": 60 * 60},
    "check-carrier-deadlines": {
        "task": "tickets.tasks.check_carrier_deadlines",
        "schedule": crontab(minute=0, hour="*/6"),
    },
    "tell-overdue-tickets": {"task": "tickets.tasks.tell_overdue_tickets", "schedule": crontab(minute=0, hour=9)},
    "fold-ticket-tally": {"task": "tickets.tasks.fold_tally", "schedule": 5 * 60},
    "sync-orders": {"task": "customers.tasks.sync_orders", "schedule": 5 * 60},
    "detect-fraud": {"task": "customers.tasks.detect_fraud", "schedule": crontab(hour=2, minute=0)},
    "recalculate-rfm": {"task": "customers.tasks.recalculate_rfm", "schedule": crontab(hour=3, minute=0)},
    "fill-from-tpos": {"task": "customers.tasks.fill_from_tpos", "schedule": 60},
    "process-pending-withdrawals": {"task": "wallets.tasks.process_pending_withdrawals", "schedule": 5 * 60},
    "verify-ledger": {"task": "wallets.tasks.verify_ledger", "schedule": 24 * 60 * 60},
}

# --- Language and time: Vietnamese first

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# --- Static files

STATIC_URL = "/static/"
STATIC_ROOT = env.path("N2STORE_STATIC_ROOT", default=str(N2STORE_HOME / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.path("N2STORE_MEDIA_ROOT", default=str(N2STORE_HOME / "media"))
S3_BUCKET = env("S3_BUCKET", default="")  # Empty: pictures are kept on this machine.
STORAGES = {
    "default": pictures(
        bucket=S3_BUCKET,
        endpoint_url=env("S3_ENDPOINT_URL", default=""),
        region=env("S3_REGION", default=""),
        access_key=env("S3_ACCESS_KEY", default=""),
        secret_key=env("S3_SECRET_KEY", default=""),
    ),
    "staticfiles": {"BACKEND": "n2store.assets.HashedModules"},
}

# --- API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "n2store.tokens.RememberedToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["n2store.roles.DenyByDefault"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "n2store.negotiation.FirstRenderer",
    "DEFAULT_PARSER_CLASSES": ["n2store.parsing.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "n2store.problems.render",
    "UNAUTHENTICATED_USER": None,
}
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token", "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "N2Store",
    "DESCRIPTION": "Customers, wallets and bank transfers of a shop that sells live.",
    "VERSION": "2.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["n2store.roles.IsStaffMember"],
    "SERVE_AUTHENTICATION": None,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {},
}
V1_DEPRECATED_ON = date.fromisoformat(env("V1_DEPRECATED_ON", default="2026-11-21"))
V1_SUNSET_MONTHS = env.int("V1_SUNSET_MONTHS", default=6)
# Where machines post: without session, language and CSRF.
WEBHOOK_PATHS = frozenset({"/api/sepay/webhook", "/api/payos/webhook"})
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # Bytes; the front refuses more as well.

# --- Neighbours

SEPAY_API_KEYS = env.list("SEPAY_API_KEY", default=[])  # Several while a key is being changed.
SEPAY_HMAC_SECRETS = env.list("SEPAY_HMAC_SECRET", default=[])
SEPAY_API_URL = env("SEPAY_API_URL", default="https://my.sepay.vn")
SEPAY_API_TOKEN = env("SEPAY_API_TOKEN", default="")  # Not the webhook's key. Empty: SePay's list is not asked.
SEPAY_API_TIMEOUT_S = env.float("SEPAY_API_TIMEOUT_S", default=10.0)
SEPAY_API_CALLS_PER_S = env.float("SEPAY_API_CALLS_PER_S", default=2.0)  # SePay refuses more than three.
BANK_OWN_ACCOUNTS = frozenset(env.list("BANK_OWN_ACCOUNTS", default=["75918"]))
CONTINUITY_GRACE_S = env.int("CONTINUITY_GRACE_S", default=120)  # Lines may come in another order for so long.

PAYOS_CLIENT_ID = env("PAYOS_CLIENT_ID", default="")  # The three of one channel; without them nobody tops up.
PAYOS_API_KEY = env("PAYOS_API_KEY", default="")
PAYOS_CHECKSUM_KEY = env("PAYOS_CHECKSUM_KEY", default="")
PAYOS_API_URL = env("PAYOS_API_URL", default="https://api-merchant.payos.vn")
PAYOS_TIMEOUT_S = env.float("PAYOS_TIMEOUT_S", default=10.0)
PAYOS_CALLS_PER_S = env.float("PAYOS_CALLS_PER_S", default=1.0)  # Of the job that asks about links.

TPOS_BASE_URL = env("TPOS_BASE_URL", default="https://tomato.tpos.vn")
TPOS_USERNAME = env("TPOS_USERNAME", default="")  # Empty: TPOS is not asked.
TPOS_PASSWORD = env("TPOS_PASSWORD", default="")
TPOS_CLIENT_ID = env("TPOS_CLIENT_ID", default="tmtWebApp")
TPOS_TIMEOUT_S = env.float("TPOS_TIMEOUT_S", default=10.0)
TPOS_STALE_DAYS = env.int("TPOS_STALE_DAYS", default=30)
TPOS_ORDERS_SINCE_DAYS = env.int("TPOS_ORDERS_SINCE_DAYS", default=365)  # How far back the first run fetches.

PANCAKE_SOCKET_URL = env("PANCAKE_SOCKET_URL", default="wss://pancake.vn/socket/websocket?vsn=2.0.0")
PANCAKE_ORIGIN = env("PANCAKE_ORIGIN", default="https://pancake.vn")
PANCAKE_PAGE_CHANNELS = env.bool("PANCAKE_PAGE_CHANNELS", default=True)  # A channel for each page, beside that of all.
# Seconds between two looks at what Pancake shows and did not tell; one follows each new connection. 0: none.
PANCAKE_CATCH_UP_S = env.float("PANCAKE_CATCH_UP_S", default=600.0)
PANCAKE_HEARTBEAT_S = env.float("PANCAKE_HEARTBEAT_S", default=30.0)  # Three without any frame: the line is dead.
TPOS_SOCKET_DIALECT = env("TPOS_SOCKET_DIALECT", default="rt-2")  # Or chatomni, the older one.
TPOS_SOCKET_URL = env("TPOS_SOCKET_URL", default="")  # Empty: the dialect's own.
CREDENTIALS_KEYS = env.list("CREDENTIALS_KEY", default=[])  # The first seals, each opens; none: SECRET_KEY does both.

# --- The gateway

PANCAKE_BASE_URL = env("PANCAKE_BASE_URL", default="https://pancake.vn")
PANCAKE_CONTENT_URL = env("PANCAKE_CONTENT_URL", default="https://content.pancake.vn")
PAGES_FM_BASE_URL = env("PAGES_FM_BASE_URL", default="https://pages.fm")
FACEBOOK_GRAPH_URL = env("FACEBOOK_GRAPH_URL", default="https://graph.facebook.com")
FACEBOOK_GRAPH_VERSION = env("FACEBOOK_GRAPH_VERSION", default="v21.0")
TPOS_APP_VERSION = env("TPOS_APP_VERSION", default="5.12.29.1")  # Where the caller does not say its own.
PANCAKE_REFERERS: dict[str, str] = env.json(
    "PANCAKE_REFERERS", default={"117267091364524": "/NhiJudyHouse.VietNam", "270136663390370": "/NhiJudyStore"}
)  # Page -> path of the shop's page, which Pancake wants to see as where a call comes from.
AVATAR_PAGE = env("AVATAR_PAGE", default="270136663390370")  # The page whose customers are asked for by id alone.
IMAGE_HOSTS = env.list("IMAGE_HOSTS", default=list(reachable.IMAGE_HOSTS))
GEMINI_API_KEY = env("GEMINI_API_KEY", default="")  # Empty: the assistant is switched off.
GEMINI_API_URL = env("GEMINI_API_URL", default="https://generativelanguage.googleapis.com")
GEMINI_MODELS = env.list("GEMINI_MODELS", default=["gemini-2.0-flash"])  # The first where a page names none.
PROXY_HOSTS = env.list("PROXY_HOSTS", default=list(reachable.PROXY_HOSTS))
GATEWAY_LOGIN = env("GATEWAY_LOGIN", default="required")  # Or origin: old pages, with their own tokens, without ours.
GATEWAY_RIGHTS: dict[str, list[str]] = env.json(
    "GATEWAY_RIGHTS",
    default={
        "owner": ["read", "write", "send", "upload", "switch"],
        "customer_care": ["read", "write", "send", "upload", "switch"],
        "warehouse": ["read", "write", "upload"],
        "accountant": ["read", "write", "upload"],
        "viewer": ["read"],
    },
)  # Role -> what it may do through the gateway; what is not named is not allowed.

GATEWAY_RATES: dict[str, int] = env.json(
    "GATEWAY_RATES",
    default={"token": 20, "send": 120, "proxy": 120, "upload": 60, "assistant": 30, "image": 1_200, "forward": 3_000},
)  # Door -> calls a minute of one caller; 0, or not named: as many as they like.

GATEWAY_BREAKER_FAILURES = env.int("GATEWAY_BREAKER_FAILURES", default=5)  # In a row; 0: no breakers.
GATEWAY_BREAKER_OPEN_S = env.float("GATEWAY_BREAKER_OPEN_S", default=20.0)  # After which one call is let through.
GATEWAY_BREAKER_HELD_S = env.int("GATEWAY_BREAKER_HELD_S", default=10 * 60)  # When a person does; an hour at most.
GATEWAY_TRACES = env.bool("GATEWAY_TRACES", default=True)
GATEWAY_TRACES_SHARE = env.float(
    "GATEWAY_TRACES_SHARE", default=0.1
)  # Of calls that went well; of others all are kept.
GATEWAY_TRACES_KEPT_DAYS = env.int("GATEWAY_TRACES_KEPT_DAYS", default=7)
GATEWAY_TRACES_MAX = env.int("GATEWAY_TRACES_MAX", default=200_000)  # Rows; the oldest go first.
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # What Prometheus shows at /metrics; empty: there is none.
METRICS_FOLDER = env("PROMETHEUS_MULTIPROC_DIR", default="")  # Where processes share figures; empty: one process alone.

# Pages elsewhere that may call the API from a browser. They send a token, never a cookie.
CORS_ALLOWED_ORIGINS = env.list("PAGE_ORIGINS", default=[])
CORS_ALLOW_HEADERS = [
    "accept", "authorization", "content-type", "idempotency-key", "tposappversion", "x-auth-data", "x-n2store-token",
    "x-page-access-token", "x-requested-with", "x-tpos-lang", "x-user-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = ["Content-Disposition", "Idempotent-Replayed", "Retry-After", "X-N2Store-Upstream"]
CORS_PREFLIGHT_MAX_AGE = 24 * 60 * 60

# --- Whose transfer it is

MATCH_AUTO_THRESHOLD = env.int("MATCH_AUTO_THRESHOLD", default=80)  # 0 to 100; below, a person is asked.
BANK_PARTIAL_AUTO_MIN_DIGITS = env.int("BANK_PARTIAL_AUTO_MIN_DIGITS", default=6)
BANK_RIGHTS: dict[str, list[str]] = env.json(
    "BANK_RIGHTS",
    default={
        "owner": ["approve", "resolve", "link", "edit", "switch", "recover", "topup"],
        "accountant": ["approve", "resolve", "link", "edit", "switch", "recover", "topup"],
        "customer_care": ["resolve", "link", "edit", "topup"],
    },
)  # Role -> what it may do with transfers; what is not named is not allowed.

# --- Top-ups

TOPUPS_ENABLED = env.bool("TOPUPS_ENABLED", default=True)
TOPUP_MIN_VND = env.int("TOPUP_MIN_VND", default=2_000)
TOPUP_MAX_VND = env.int("TOPUP_MAX_VND", default=100_000_000)
TOPUP_MINUTES = env.int("TOPUP_MINUTES", default=15)  # After which a payment link ends.
TOPUP_LINK_DAYS = env.int("TOPUP_LINK_DAYS", default=7)  # For which a link that staff send to a customer is good.
TOPUP_HEARTBEAT_S = env.float("TOPUP_HEARTBEAT_S", default=30.0)
TOPUP_STREAMS_MAX = env.int("TOPUP_STREAMS_MAX", default=5)  # Streams of one person; a browser has six connections.

# --- The shop in figures

ANALYTICS_MAX_AGE_S = env.int("ANALYTICS_MAX_AGE_S", default=10)  # Figures are counted afresh when they are older.

# --- Suspicions

FRAUD_AUTO_BLACKLIST = env.bool("FRAUD_AUTO_BLACKLIST", default=True)  # Otherwise a person confirms first.

# --- Tickets

TICKET_RIGHTS: dict[str, list[str]] = env.json(
    "TICKET_RIGHTS",
    default={
        "owner": ["create", "note", "receive", "settle", "delete"],
        "accountant": ["create", "note", "receive", "settle"],
        "warehouse": ["create", "note", "receive"],
        "customer_care": ["create", "note"],
    },
)  # Role -> what it may do with tickets; what is not named is not allowed.

# --- Money by hand

AMOUNT_LIMIT_VND = env.int("AMOUNT_LIMIT_VND", default=100_000_000)  # Dong, in one go, for anybody.
MONEY_LIMITS_VND: dict[str, dict[str, int]] = env.json(
    "MONEY_LIMITS_VND",
    default={
        "owner": dict.fromkeys(
            ("deposit", "withdraw", "pay_order", "issue_credit", "cancel_credit", "adjust", "reverse"), 100_000_000
        ),
        "accountant": dict.fromkeys(
            ("deposit", "withdraw", "pay_order", "issue_credit", "cancel_credit", "adjust", "reverse"), 50_000_000
        ),
        "customer_care": {"pay_order": 20_000_000},
    },
)  # Role -> action -> dong in one go; what is not named is not allowed.
IDEMPOTENCY_WINDOW_S = env.int("IDEMPOTENCY_WINDOW_S", default=60)  # Same content without a key: one command.

# --- Virtual credit

VIRTUAL_CREDIT_DAYS = env.int("VIRTUAL_CREDIT_DAYS", default=15)
CREDIT_GRACE_DAYS = env.int("CREDIT_GRACE_DAYS", default=3)

# --- Live events

EVENTS_KEPT_DAYS = env.int("EVENTS_KEPT_DAYS", default=7)
TELEGRAM_BOT_TOKEN = env("TELEGRAM_BOT_TOKEN", default="")  # With TELEGRAM_CHAT_ID: alerts are sent there too.
TELEGRAM_CHAT_ID = env("TELEGRAM_CHAT_ID", default="")
TELEGRAM_API_URL = env("TELEGRAM_API_URL", default="https://api.telegram.org")
JOB_RUNS_KEPT_DAYS = env.int("JOB_RUNS_KEPT_DAYS", default=30)
WAITING_KEPT_DAYS = env.int("WAITING_KEPT_DAYS", default=30)
CHAT_KEPT_DAYS = env.int("CHAT_KEPT_DAYS", default=730)
FRAMES_KEPT_DAYS = env.int("FRAMES_KEPT_DAYS", default=30)  # What the neighbours' sockets told, as it came.
WEBSOCKET_ORIGINS = env.list("WEBSOCKET_ORIGINS", default=[])  # Beside the shop's own address.

# --- Logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    # Whatever LOG_LEVEL says: they would write whole addresses, which may hold a token.
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}, "urllib3": {"level": "INFO"}},
}

# --- Admin screens

FORMAT_MODULE_PATH = ["n2store.formats"]
UNFOLD: dict[str, object] = {
    "SITE_TITLE": "N2Store",
    "SITE_HEADER": "N2Store",
    "SITE_URL": None,
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("n2store/favicon.svg")},
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "n2store.dashboard.context",
    "STYLES": [
        lambda request: static("n2store/shop.css"),
        lambda request: static("n2store/badges.css"),
    ],
    "SCRIPTS": [lambda request: static("n2store/waiting.js")],
    "COMMAND": {"search_callback": "customers.console.palette.found"},  # Ctrl+K finds customers.
    "SIDEBAR": {"navigation": "n2store.navigation.sidebar"},
    "TABS": "n2store.navigation.tabs",
    "COLORS": {  # Teal: apart from the green of money coming in and from the red, amber and blue of states.
        "primary": {
            "50": "#f0fdfa",
            "100": "#ccfbf1",
            "200": "#99f6e4",
            "300": "#5eead4",
            "400": "#2dd4bf",
            "500": "#14b8a6",
            "600": "#0f766e",
            "700": "#115e59",
            "800": "#134e4a",
            "900": "#103f3c",
            "950": "#042f2e",
        },
    },
}
