"""Pictures in a bucket of S3, or of a service like it. Only where S3_BUCKET is set: boto3 is not installed otherwise.

django-storages knows the settings and the names. The calls are ours: it makes a client for each thread, of 13 MB each,
and the gate has some two hundred threads; it uploads in parts, by threads of its own; and it waits for minutes. Here
one client serves all threads, a picture is there whole or not at all, and the bucket is watched like any neighbour.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from proxy.errors import (
    GatewayError,
    UpstreamCut,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnreachable,
)
from proxy.lanes import Lane
from proxy.watching.call import Watched, watched

logger = logging.getLogger(__name__)

UPSTREAM = "bucket"
LANE = Lane(UPSTREAM, width=16, waiting_max=48)
"""A page asks for all its pictures at once."""
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 3.0, 6.0
ATTEMPTS = 2
BYTES_MAX = 32 * 1024 * 1024
NOT_FOUND = 404


class Bucket(S3Storage):  # type: ignore[misc]  # It has no types.
    """Kept pictures. Each is written once: equal names mean equal content.

    Raises, beside what each says: UpstreamTimeout, UpstreamUnreachable, UpstreamCut, UpstreamBusy, UpstreamOpen: the
    bucket does not answer; UpstreamFailed: it refuses us.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(client_config=_config(has_endpoint=bool(settings.get("endpoint_url"))), **settings)
        self._made: Any = None
        self._making = threading.Lock()

    def _save(self, name: str, content: "File[Any]") -> str:
        """Write a picture, and return its name."""
        body = b"".join(content.chunks())
        kind = self._get_write_parameters(name)["ContentType"]
        with self._call("PUT", name, bytes_out=len(body)) as (watch, where):
            _heard(watch, self._client().put_object(**where, Body=body, ContentType=kind))
        return str(name)

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        """Return a picture, read to its end: what breaks off is no picture.

        Raises:
            FileNotFoundError: there is none.
        """
        with self._call("GET", name) as (watch, where):
            found = self._client().get_object(**where)
            _heard(watch, found)
            if found["ContentLength"] > BYTES_MAX:
                raise UpstreamTooLarge(UPSTREAM, "This is no picture of ours.")
            body = found["Body"].read()
            watch.bytes_in = len(body)
        return ContentFile(body, name=name)

    def exists(self, name: str) -> bool:
        """Tell whether there is such a picture."""
        try:
            with self._call("HEAD", name) as (watch, where):
                _heard(watch, self._client().head_object(**where))
        except FileNotFoundError:
            return False
        return True

    def delete(self, name: str) -> None:
        """Remove a picture. One that the bucket does not remove now stays there unseen: nobody knows its name."""
        try:
            with self._call("DELETE", name) as (watch, where):
                _heard(watch, self._client().delete_object(**where))
        except FileNotFoundError:
            return
        except GatewayError as error:
            logger.error("%s stays in the bucket: %s", name, error.code)

    @contextlib.contextmanager
    def _call(self, method: str, name: str, *, bytes_out: int = 0) -> Iterator[tuple[Watched, dict[str, str]]]:
        """Make one call within, about one name."""
        key = self._normalize_name(clean_name(name))
        timeout_s = LANE.wait_s + CONNECT_TIMEOUT_S + READ_TIMEOUT_S
        told = f"/{key.partition('/')[0]}/…"  # Who knows a picture's name may see it.
        with watched(UPSTREAM, "", method=method, target=told, bytes_out=bytes_out, timeout_s=timeout_s) as watch:
            leave = LANE.enter()
            try:
                yield watch, {"Bucket": self.bucket_name, "Key": key}
            except ClientError as error:
                watch.answered(error.response["ResponseMetadata"]["HTTPStatusCode"])
                watch.end()  # By its status, which says more than what we make of it.
                raise _refusal(error) from None
            except BotoCoreError as error:
                raise _explained(error, begun=watch.status is not None) from None
            finally:
                leave()

    def _client(self) -> Any:
        """Return the one client of this process; threads may share it."""
        with self._making:
            if self._made is None:
                self._made = self._create_session().client(
                    "s3", region_name=self.region_name, endpoint_url=self.endpoint_url, config=self.client_config
                )
            return self._made


def _config(*, has_endpoint: bool) -> Config:
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if has_endpoint else "auto"},  # A service of its own may have one name only.
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=LANE.width,
        request_checksum_calculation="when_required",  # Other services than Amazon's refuse the newer headers.
        response_checksum_validation="when_required",
    )


def _heard(watch: Watched, answer: dict[str, Any]) -> None:
    told = answer["ResponseMetadata"]
    watch.attempts = 1 + told.get("RetryAttempts", 0)
    watch.answered(told["HTTPStatusCode"])


def _refusal(error: ClientError) -> Exception:
    """Return what an answer that is an error means. A HEAD says no more than its status."""
    status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"].get("Code", "")
    if status == NOT_FOUND and code != "NoSuchBucket":
        return FileNotFoundError("There is no such picture.")
    logger.error("The bucket answers %s %s.", status, code)
    return UpstreamFailed(UPSTREAM, f"The bucket answers {status}.")


def _explained(error: BotoCoreError, *, begun: bool) -> GatewayError:
    logger.warning("bucket: %s", type(error).__name__)
    if isinstance(error, NoCredentialsError):
        return UpstreamFailed(UPSTREAM, "There are no keys for the bucket.")
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return UpstreamTimeout(UPSTREAM, "The bucket did not answer in time.")
    if begun:
        return UpstreamCut(UPSTREAM, "The answer of the bucket broke off.")
    return UpstreamUnreachable(UPSTREAM, "The bucket is not reached.")
