"""Pictures in a bucket, the whole way: given through the API, kept over S3's protocol, shown again by the shop."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage, storages
from django.test import Client, override_settings
from pybreaker import STATE_CLOSED, STATE_OPEN
from rest_framework.test import APIClient

from n2store.launch.place import PROJECT
from n2store.pictures import pictures
from n2store.roles import Role
from n2store.simulator.answering import Manner
from proxy import bucket as bucket_module
from proxy.bucket import Bucket
from proxy.models import Trace, Upload
from proxy.neighbours import neighbours
from proxy.watching.keeping import keeper
from tests.factories.breakers import breakers_on, state_of
from tests.factories.staff import logged_in
from tests.proxy.played_s3 import ACCESS_KEY, BUCKET, S3, SECRET_KEY
from tests.proxy.test_uploads import _give, _picture
from tests.threads import at_once

PAGE = "/admin/proxy/trace/services/"
GIVEN = {
    "bucket": BUCKET, "endpoint_url": "", "region": "hcm", "access_key": ACCESS_KEY, "secret_key": SECRET_KEY,
}  # fmt: skip


@contextmanager
def kept_in(url: str, **otherwise: str) -> Iterator[None]:
    """Keep pictures in the bucket of a service."""
    bucket = pictures(**GIVEN | {"endpoint_url": url} | otherwise)
    with override_settings(STORAGES=django_settings.STORAGES | {"default": bucket}, S3_BUCKET=BUCKET):
        yield


@pytest.fixture
def s3(db: None) -> Iterator[S3]:
    with S3().serving() as played, kept_in(played.url):
        yield played


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no answer for very long, and ask once."""
    monkeypatch.setattr(bucket_module, "READ_TIMEOUT_S", 3.0)
    monkeypatch.setattr(bucket_module, "ATTEMPTS", 1)


def methods(s3: S3) -> list[str]:
    return [asked.method for asked in s3.calls]


def test_a_picture_is_kept_in_the_bucket_and_shown_by_the_shop(api: APIClient, client: Client, s3: S3) -> None:
    given = _give(api, _picture())
    shown = client.get(given.json()["url"])

    [(name, (content, kind))] = s3.objects.items()
    assert (given.status_code, given.json()["url"]) == (200, f"http://testserver/media/{name}")
    assert (kind, Upload.objects.get().bytes) == ("image/jpeg", len(content))
    assert (shown.status_code, b"".join(shown.streaming_content)) == (200, content)
    assert [shown.headers[name] for name in ("Content-Type", "Content-Length", "X-Content-Type-Options")] == [
        "image/jpeg", str(len(content)), "nosniff",
    ]  # fmt: skip
    assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert {asked.headers["authorization"].partition("=")[2].split("/")[0] for asked in s3.calls} == {ACCESS_KEY}


def test_equal_pictures_are_one_object_which_goes_with_the_last_of_their_givers(
    as_role: Any, s3: S3, django_capture_on_commit_callbacks: Any
) -> None:
    lan, hoa = as_role(Role.WAREHOUSE), as_role(Role.ACCOUNTANT)
    url = _give(lan, _picture()).json()["url"]

    again = _give(hoa, _picture()).json()["url"]
    with django_capture_on_commit_callbacks(execute=True):
        first = lan.delete("/api/upload/image", {"url": url}, format="json").status_code
    after_the_first = len(s3.objects)
    with django_capture_on_commit_callbacks(execute=True):
        last = hoa.delete("/api/upload/image", {"url": url}, format="json").status_code

    assert (again, methods(s3).count("PUT")) == (url, 1)
    assert (first, after_the_first, last, len(s3.objects)) == (200, 1, 200, 0)
    assert lan.get(url).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_same_picture_at_once_is_one_object(as_role: Any, s3: S3) -> None:
    api = as_role(Role.WAREHOUSE)

    answers = at_once(lambda _: _give(api, _picture()).status_code, range(8))

    assert (answers, len(s3.objects), Upload.objects.count()) == ([200] * 8, 1, 1)


@pytest.mark.parametrize(
    ("manner", "status", "code"),
    [
        (Manner.FAILING, 502, "UPSTREAM_FAILED"),
        (Manner.HANGING, 504, "UPSTREAM_TIMEOUT"),
        (Manner.BUSY, 502, "UPSTREAM_FAILED"),
    ],
)
def test_a_bucket_that_is_ill_is_said_and_nothing_is_kept(
    api: APIClient, quick: None, db: None, manner: Manner, status: int, code: str
) -> None:
    with S3(manner=manner).serving() as s3, kept_in(s3.url):
        answer = _give(api, _picture())

    assert (answer.status_code, answer.json()["code"], answer.json()["upstream"]) == (status, code, "bucket")
    assert (s3.objects, Upload.objects.count()) == ({}, 0)


def test_a_bucket_nobody_answers_for_is_said_and_nothing_is_kept(api: APIClient, quick: None, db: None) -> None:
    with kept_in("http://127.0.0.1:9"):
        answer = _give(api, _picture())

    assert (answer.status_code, answer.json()["code"]) == (502, "UPSTREAM_UNREACHABLE")
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    "otherwise", [{"secret_key": "wr0ng-secret"}, {"access_key": "SOMEBODYELSE"}, {"bucket": "not-there"}]
)
def test_a_bucket_that_refuses_us_is_said_and_no_key_is_told(
    api: APIClient, quick: None, db: None, otherwise: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with S3().serving() as s3, kept_in(s3.url, **otherwise), caplog.at_level(logging.DEBUG):
        answer = _give(api, _picture())

    assert (answer.status_code, answer.json()["code"]) == (502, "UPSTREAM_FAILED")
    assert (s3.objects, Upload.objects.count()) == ({}, 0)
    told = caplog.text + answer.content.decode()
    assert "The bucket answers 40" in caplog.text
    assert [key for key in (SECRET_KEY, otherwise.get("secret_key", SECRET_KEY)) if key in told] == []


def test_a_bucket_that_may_be_read_but_not_written_keeps_nothing(api: APIClient, s3: S3) -> None:
    s3.refuses = "PUT"

    answer = _give(api, _picture())

    assert (answer.status_code, methods(s3), Upload.objects.count()) == (502, ["HEAD", "PUT"], 0)


@pytest.mark.parametrize(("manner", "status"), [(Manner.CUT, 502), (Manner.FAILING, 502), (Manner.HANGING, 504)])
def test_a_picture_that_the_bucket_does_not_give_whole_is_not_shown_at_all(
    api: APIClient, client: Client, quick: None, s3: S3, manner: Manner, status: int
) -> None:
    url = _give(api, _picture()).json()["url"]
    s3.manner = manner

    shown = client.get(url)

    assert (shown.status_code, shown.json()["success"]) == (status, False)


def test_a_picture_that_is_not_there_is_not_found(client: Client, s3: S3) -> None:
    assert client.get(f"/media/uploads/ab/{'ab' * 32}.jpg").status_code == 404
    with pytest.raises(FileNotFoundError):
        default_storage.open("uploads/ab/x.jpg")


def test_who_takes_a_picture_back_does_not_wait_for_the_bucket(
    api: APIClient, quick: None, s3: S3, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    url = _give(api, _picture()).json()["url"]
    s3.refuses = "DELETE"

    with django_capture_on_commit_callbacks(execute=True):
        answer = api.delete("/api/upload/image", {"url": url}, format="json")

    assert (answer.status_code, Upload.objects.count(), len(s3.objects)) == (200, 0, 1)
    assert "stays in the bucket: UPSTREAM_FAILED" in caplog.text


def test_a_bucket_that_fails_again_and_again_is_left_alone_and_seen(
    api: APIClient, client: Client, quick: None, s3: S3
) -> None:
    url = _give(api, _picture()).json()["url"]
    with breakers_on(failures=3), override_settings(GATEWAY_TRACES_SHARE=1.0):
        keeper.rows.clear()
        keeper.tally.take()
        s3.manner = Manner.FAILING
        for _ in range(3):
            assert client.get(url).status_code == 502
        asked, s3.manner = len(s3.calls), Manner.WELL

        held = client.get(url)
        page = logged_in(Role.OWNER).get(PAGE).content.decode()

        assert (held.status_code, held.json()["code"]) == (503, "UPSTREAM_OPEN")
        assert (len(s3.calls), state_of("bucket")) == (asked, STATE_OPEN)
        assert 'data-service="bucket" data-state="open"' in page
        assert "Kho ảnh (S3)" in page
        keeper.write()
    rows = list(Trace.objects.order_by("id").values_list("upstream", "method", "status", "outcome", "why"))
    assert rows == [
        *[("bucket", "GET", 500, "failed", "HTTP_500")] * 3,
        ("bucket", "GET", None, "held", "UPSTREAM_OPEN"),
    ]
    kept = json.dumps(list(Trace.objects.values()), default=str)
    assert [key for key in (ACCESS_KEY, SECRET_KEY) if key in kept] == []
    assert set(Trace.objects.values_list("target", flat=True)) == {"/uploads/…"}


def test_pictures_that_are_not_there_are_no_failure(client: Client, s3: S3) -> None:
    with breakers_on(failures=3):
        answers = {client.get(f"/media/uploads/ab/{'ab' * 32}.jpg").status_code for _ in range(6)}

        assert (answers, state_of("bucket")) == ({404}, STATE_CLOSED)


def test_all_threads_share_one_client(s3: S3) -> None:
    storage = storages["default"]
    assert isinstance(storage, Bucket)

    clients = at_once(lambda _: id(storage._client()), range(8))

    assert len(set(clients)) == 1


def test_a_shop_with_its_pictures_on_this_machine_asks_no_bucket() -> None:
    assert "bucket" not in {one.name for one in neighbours()}


def test_a_shop_starts_with_a_bucket_by_its_settings_alone() -> None:
    said = {
        "S3_BUCKET": BUCKET, "S3_ENDPOINT_URL": "http://127.0.0.1:9", "S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s",
        "DATABASE_URL": "postgres://check@127.0.0.1:1/check", "REDIS_URL": "redis://127.0.0.1:1", "SECRET_KEY": "check",
    }  # fmt: skip
    ask = "from django.core.files.storage import storages; print(type(storages['default']).__module__)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", ask],
        cwd=PROJECT, env=os.environ | said, capture_output=True, check=False, timeout=120, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout.strip()) == (0, "proxy.bucket"), done.stderr
