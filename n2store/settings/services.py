"""PostgreSQL and Redis."""

from urllib.parse import urlparse

from n2store.settings.environment import env

# --- PostgreSQL: the truth

DATABASE_POOL_MAX = env.int("DATABASE_POOL_MAX", default=4)  # Connections of a process; 0: one a thread.
DATABASE_POOL_TIMEOUT_S = 10
DATABASE_KEPT_S = 60 * 60  # Then a thread makes its connection anew, as a pool does.
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
else:  # A pool costs web a tenth of its CPU, and Celery would close it whole after each task, see `n2store/celery.py`.
    DATABASES["default"]["CONN_MAX_AGE"] = DATABASE_KEPT_S
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
CELERY_BEAT_SCHEDULER = "n2store.scheduling:Scheduler"
