"""Kept files are whole or not there; and settings of a bucket that cannot work are said at the start."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile, File

from n2store import pictures as pictures_module
from n2store.launch.place import PROJECT
from n2store.pictures import pictures
from proxy.whole_files import BEGUN, WholeFiles
from tests.threads import at_once

NAME = "uploads/ab/x.png"
NOTHING = {"bucket": "", "endpoint_url": "", "region": "", "access_key": "", "secret_key": ""}
DYING = """
import os, signal, sys
from django.conf import settings
settings.configure()
from django.core.files.base import File
from proxy.whole_files import WholeFiles

class Half:
    name = "x"
    def chunks(self):
        yield b"half"
        sys.stdout.write("written"); sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)

WholeFiles(location=sys.argv[1])._save("uploads/ab/x.png", Half())
"""


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_is_kept_with_its_name_and_readable_by_the_front(tmp_path: Path) -> None:
    name = WholeFiles(location=tmp_path).save(NAME, ContentFile(b"whole"))

    assert (name, (tmp_path / NAME).read_bytes(), _files(tmp_path)) == (NAME, b"whole", [NAME])
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o644


def test_a_process_killed_while_it_writes_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(tmp_path)], cwd=PROJECT, capture_output=True, check=False, timeout=120
    )

    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"written")
    assert not (tmp_path / NAME).exists()
    assert [Path(name).name.startswith(BEGUN) for name in _files(tmp_path)] == [True]
    assert WholeFiles(location=tmp_path).save(NAME, ContentFile(b"whole")) == NAME


class _Failing(File):  # type: ignore[type-arg]
    def __init__(self) -> None:
        super().__init__(None, name="x")

    def chunks(self, chunk_size: int | None = None) -> Any:
        yield b"half"
        raise OSError("The disk is full.")


def test_a_write_that_fails_leaves_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"):
        WholeFiles(location=tmp_path).save(NAME, _Failing())

    assert _files(tmp_path) == []


def test_the_content_reaches_the_disk_before_the_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("fsync"), fsync(handle)))
    monkeypatch.setattr(os, "link", lambda *paths: (done.append("link"), link(*paths)))

    WholeFiles(location=tmp_path).save(NAME, ContentFile(b"whole"))

    assert done == ["fsync", "link", "fsync"]


def test_nobody_writes_over_anothers_file(tmp_path: Path) -> None:
    storage = WholeFiles(location=tmp_path)

    names = at_once(lambda number: storage.save(NAME, ContentFile(b"%d" % number)), range(8))

    assert len(set(names)) == 8
    assert sorted((tmp_path / name).read_bytes() for name in names) == [b"%d" % number for number in range(8)]


def test_without_a_bucket_pictures_are_kept_here() -> None:
    assert pictures(**NOTHING) == {"BACKEND": "proxy.whole_files.WholeFiles"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"endpoint_url": "https://s3.example.com", "access_key": "k"},
            "S3_ENDPOINT_URL, S3_ACCESS_KEY without S3_BUCKET",
        ),
        ({"bucket": "b", "access_key": "k"}, "S3_ACCESS_KEY and S3_SECRET_KEY belong together"),
        ({"bucket": "b", "secret_key": "k"}, "S3_ACCESS_KEY and S3_SECRET_KEY belong together"),
        ({"bucket": "b", "endpoint_url": "http://s3.example.com"}, "S3_ENDPOINT_URL must be https"),
        ({"bucket": "b", "endpoint_url": "s3.example.com"}, "S3_ENDPOINT_URL must be https"),
        ({"bucket": "b", "endpoint_url": "https://"}, "S3_ENDPOINT_URL must be https"),
    ],
)
def test_a_bucket_that_cannot_work_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(pictures_module, "find_spec", lambda name: name)

    with pytest.raises(ImproperlyConfigured, match=said):
        pictures(**NOTHING | given)


def test_without_boto3_a_bucket_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures_module, "find_spec", lambda _name: None)

    with pytest.raises(ImproperlyConfigured, match="pip install -r requirements-bucket"):
        pictures(**NOTHING | {"bucket": "b"})


def test_a_bucket_is_described_to_django_storages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures_module, "find_spec", lambda name: name)

    made = pictures(**NOTHING | {"bucket": "b", "endpoint_url": "http://127.0.0.1:9000", "region": "hcm"})

    assert made["BACKEND"] == "proxy.bucket.Bucket"
    assert made["OPTIONS"] == {
        "bucket_name": "b", "endpoint_url": "http://127.0.0.1:9000", "region_name": "hcm", "access_key": None,
        "secret_key": None, "default_acl": None, "file_overwrite": True,
    }  # fmt: skip
