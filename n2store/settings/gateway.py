"""What pages may reach through the shop, how often, and what is kept of it."""

from n2store import reachable
from n2store.settings.environment import env

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
