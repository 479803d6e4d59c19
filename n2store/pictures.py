"""Where uploaded pictures are kept: on this machine, or in a bucket. The settings read it, so it imports no app."""

from importlib.util import find_spec
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def pictures(*, bucket: str, endpoint_url: str, region: str, access_key: str, secret_key: str) -> dict[str, object]:
    """Return the entry of `STORAGES`. Empty texts are settings that are not set; without a bucket it is this machine.

    Raises:
        ImproperlyConfigured: the settings name a bucket that cannot work.
    """
    others = {"S3_ENDPOINT_URL": endpoint_url, "S3_REGION": region, "S3_ACCESS_KEY": access_key}
    if not bucket:
        if given := [name for name, value in others.items() if value]:
            raise ImproperlyConfigured(f"{', '.join(given)} without S3_BUCKET: say in which bucket pictures are kept.")
        return {"BACKEND": "proxy.whole_files.WholeFiles"}
    if find_spec("boto3") is None:
        raise ImproperlyConfigured("S3_BUCKET is set without boto3: pip install -r requirements-bucket.txt.")
    if bool(access_key) != bool(secret_key):
        raise ImproperlyConfigured("S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or neither.")
    parts = urlsplit(endpoint_url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if endpoint_url and not (safe and parts.hostname):
        raise ImproperlyConfigured("S3_ENDPOINT_URL must be https, or http on this machine.")
    options = {
        "bucket_name": bucket, "endpoint_url": endpoint_url or None, "region_name": region or None,
        "access_key": access_key or None, "secret_key": secret_key or None,
        "default_acl": None,  # What a bucket is made with is private, and Amazon's refuse to be told.
        "file_overwrite": True,
    }  # fmt: skip
    return {"BACKEND": "proxy.bucket.Bucket", "OPTIONS": options}
