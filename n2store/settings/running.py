"""Events, alerts, logs, and how long things are kept."""

from n2store.settings.environment import env

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
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}, "urllib3": {"level": "ERROR"}},
}
