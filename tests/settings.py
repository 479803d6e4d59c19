"""The project's settings with the few lines that tests change."""

from n2store.settings import *  # noqa: F403
from n2store.settings import DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 0, "max_size": 60, "timeout": 20}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SEPAY_API_KEYS = ["test-key"]
SEPAY_HMAC_SECRETS: list[str] = []
CELERY_TASK_ALWAYS_EAGER = True
GATEWAY_BREAKER_FAILURES = 0  # Tests make neighbours fail on purpose.
AXES_ENABLED = False  # Tests log in as often as they like, and wrongly.
GATEWAY_TRACES = False  # No thread writes beside a test.
