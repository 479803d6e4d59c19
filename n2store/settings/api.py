"""The API and its versions."""

from datetime import date

from n2store.settings.environment import env

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
