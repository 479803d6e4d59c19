"""Secrets a new copy makes for itself, once."""

import os
import secrets

from n2store.launch import envfile
from n2store.launch.place import Place

MADE_UNLESS_GIVEN = ("SECRET_KEY", "SEPAY_API_KEY", "CREDENTIALS_KEY", "METRICS_TOKEN")


def make_secrets(place: Place) -> None:
    """Make what neither the environment nor an earlier start has set, and keep it in `secrets.env` (0600)."""
    kept = envfile.read(place.secrets_file)
    missing = [name for name in MADE_UNLESS_GIVEN if not os.environ.get(name) and name not in kept]
    if missing:
        envfile.write(place.secrets_file, kept | {name: secrets.token_urlsafe(48) for name in missing})
