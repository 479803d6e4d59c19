"""Where the settings come from: the environment, then `.env`, then what `make run` wrote."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

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
