"""Django: applications, requests, language, static files and pictures."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from n2store.pictures import pictures
from n2store.settings.environment import BASE_DIR, N2STORE_HOME, env

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
    "axes",
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
    "axes.middleware.AxesMiddleware",  # Last, as it wants.
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
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_LOCKED_MINUTES = env.int("LOGIN_LOCKED_MINUTES", default=15)  # For one user name at one address.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURES_MAX", default=10)  # Wrong passwords before that; 0: as many as they like.
AXES_ENABLED = AXES_FAILURE_LIMIT > 0
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCKED_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "n2store.login_limits.refused"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- Language and time: Vietnamese first

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# --- Static files and pictures

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
