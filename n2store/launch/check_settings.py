"""The project's settings without a database: `makemigrations --check` would wait for one it does not need."""

from n2store.settings import *  # noqa: F403

DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
