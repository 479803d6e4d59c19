"""A service like S3, for one bucket, over its real protocol: signed requests (AWS4-HMAC-SHA256), errors in XML."""

import hashlib
import hmac
import threading
from dataclasses import dataclass, field

from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply, Said

ACCESS_KEY, SECRET_KEY = "N2STOREACCESSKEY", "s3cr3t-k3y-of-the-bucket"
BUCKET = "shop-pictures"


@dataclass
class S3(Neighbour):
    """Buckets by path. Like Amazon's with ACLs off it refuses them; like older services it refuses newer checksums."""

    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict, init=False)
    """Content and type by key."""
    bucket: str = BUCKET
    refuses: str = field(default="", kw_only=True)
    """This method is answered 403."""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        bucket, _slash, key = asked.path.removeprefix("/").partition("/")
        if wrong := _fault(asked):
            return _error(403, wrong)
        if asked.method == self.refuses:
            return _error(403, "AccessDenied")
        if "x-amz-acl" in asked.headers:
            return _error(400, "AccessControlListNotSupported")
        if any(name.startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer")) for name in asked.headers):
            return _error(400, "InvalidArgument")
        if bucket != self.bucket:
            return _error(404, "NoSuchBucket")
        with self._lock:
            return self._done(asked, key)

    def _done(self, asked: Asked, key: str) -> Reply:
        if asked.method == "PUT":
            if hashlib.sha256(asked.body).hexdigest() != asked.headers["x-amz-content-sha256"]:
                return _error(400, "XAmzContentSHA256Mismatch")
            self.objects[key] = (asked.body, asked.headers["content-type"])
            return Reply(200, b"", {"ETag": '"x"'})
        if asked.method == "DELETE":
            self.objects.pop(key, None)
            return Reply(204)
        if key not in self.objects:
            return _error(404, "NoSuchKey")
        content, kind = self.objects[key]
        return Reply(200, content, {"Content-Type": kind, "ETag": '"x"'})


def _error(status: int, code: str) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return Reply(status, text.encode(), {"Content-Type": "application/xml"})


def _fault(asked: Asked) -> str:
    """Return what is wrong with a request's signature, if anything. Source: Amazon's page on Signature Version 4."""
    scheme, _space, rest = asked.headers.get("authorization", "").partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    access_key, *scope = parts.get("Credential", "").split("/")
    if scheme != "AWS4-HMAC-SHA256" or len(scope) != 4:
        return "AccessDenied"
    if access_key != ACCESS_KEY:
        return "InvalidAccessKeyId"
    signed = parts["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{' '.join(asked.headers[name].split())}\n" for name in signed)
    path, _mark, query = asked.target.partition("?")
    canonical = [asked.method, path, query, headers, ";".join(signed), asked.headers["x-amz-content-sha256"]]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = "\n".join([scheme, asked.headers["x-amz-date"], "/".join(scope), digest])
    key = f"AWS4{SECRET_KEY}".encode()
    for step in scope:
        key = hmac.digest(key, step.encode(), "sha256")
    right = hmac.new(key, text.encode(), "sha256").hexdigest()
    return "" if hmac.compare_digest(right, parts["Signature"]) else "SignatureDoesNotMatch"
