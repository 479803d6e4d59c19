"""Pictures that people give us to keep: drawn anew, named by their content, and nothing else kept."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import ExifTags, Image
from rest_framework.test import APIClient

from n2store.roles import Role
from proxy.models import Upload
from proxy.uploads import InvalidImage, draw
from tests.threads import at_once


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def _picture(format: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: Any) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, (200, 30, 30, 128)[: len(mode)]).save(written, format, **more)
    return written.getvalue()


def _give(api: APIClient, content: bytes, prefix: str = "", **more: Any) -> Any:
    body = {"image": prefix + base64.b64encode(content).decode(), "fileName": "a.jpg", "folderPath": "order_bookings"}
    return api.post("/api/upload/image", body | more, format="json")


def _stored() -> list[str]:
    return sorted(
        str(path.relative_to(default_storage.location)) for path in Path(default_storage.location).rglob("*.*")
    )  # type: ignore[attr-defined]


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,"])
def test_a_picture_is_kept_and_shown(api: APIClient, client: Client, prefix: str) -> None:
    answer = _give(api, _picture(), prefix)

    body = answer.json()
    assert (answer.status_code, body["success"], body["fileName"], body["folderPath"]) == (
        200, True, "a.jpg", "order_bookings",
    )  # fmt: skip
    shown = client.get(body["url"])
    content = b"".join(shown.streaming_content)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"].endswith("immutable")
    assert Image.open(io.BytesIO(content)).size == (40, 30)
    assert [row.by for row in Upload.objects.order_by("pk")] == ["user-owner"]


def test_a_file_of_a_form_is_kept_too(api: APIClient) -> None:
    file = SimpleUploadedFile("../../../etc/a.png", _picture("PNG", mode="RGBA"), content_type="text/html")

    answer = api.post("/api/upload/image", {"file": file}, format="multipart")

    assert answer.json()["url"].endswith(".png")
    assert all(name.startswith("uploads/") for name in _stored())


def test_what_the_camera_wrote_beside_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Lan"  # Turned by a quarter; the maker.
    exif.get_ifd(0x8825)[1] = "N"

    drawn = draw(_picture(exif=exif.tobytes(), comment=b"secret", icc_profile=b"profile"))

    again = Image.open(io.BytesIO(drawn.content))
    assert (again.size, dict(again.getexif())) == ((30, 40), {})
    assert not {"exif", "comment", "icc_profile"} & again.info.keys()
    assert b"Lan" not in drawn.content


def test_what_hides_behind_a_picture_does_not_survive() -> None:
    for format in ("JPEG", "PNG", "GIF"):
        drawn = draw(_picture(format) + b"<script>alert(1)</script>PK\x03\x04")

        assert b"script" not in drawn.content


@pytest.mark.parametrize(
    ("format", "mode", "ending"),
    [("JPEG", "RGB", "jpg"), ("PNG", "RGB", "jpg"), ("PNG", "RGBA", "png"), ("WEBP", "RGB", "jpg"),
     ("WEBP", "RGBA", "png"), ("GIF", "L", "jpg"), ("JPEG", "L", "jpg"), ("PNG", "1", "jpg")],
)  # fmt: skip
def test_each_format_becomes_one_that_every_browser_shows(format: str, mode: str, ending: str) -> None:
    drawn = draw(_picture(format, mode=mode) if len(mode) > 1 else _grey(format, mode))

    assert (drawn.ending, drawn.width, drawn.height) == (ending, 40, 30)


def _grey(format: str, mode: str) -> bytes:
    written = io.BytesIO()
    Image.new(mode, (40, 30), 1).save(written, format)
    return written.getvalue()


def test_a_large_picture_is_made_smaller_and_a_huge_one_refused() -> None:
    drawn = draw(_picture("PNG", (6_000, 3_000)))

    assert (drawn.width, drawn.height) == (4_096, 2_048)
    with pytest.raises(InvalidImage):
        draw(_grey_sized((9_000, 9_000)))


def _grey_sized(size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("1", size).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0",
        b"GIF89a" + bytes(20), _picture()[:200], _picture("BMP"), _picture("TIFF"), b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        bytes(15 * 1024 * 1024 + 1),
    ],
    ids=lambda content: f"{content[:8]!r}-{len(content)}",
)  # fmt: skip
def test_what_is_no_picture_is_refused_and_nothing_kept(api: APIClient, content: bytes) -> None:
    answer = _give(api, content)

    assert (answer.status_code, answer.json()["success"], _stored()) == (400, False, [])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"{}", b'{"image": 5, "fileName": "a"}', b'{"image": "!!", "fileName": "a"}']
)
def test_a_body_that_is_none_is_refused(api: APIClient, body: bytes) -> None:
    answer = api.generic("POST", "/api/upload/image", body, "application/json")

    assert (answer.status_code, Upload.objects.count()) == (400, 0)


def test_equal_pictures_are_one_file_and_go_with_the_last_of_their_givers(as_role: Any) -> None:
    lan, hoa, owner = as_role(Role.WAREHOUSE), as_role(Role.ACCOUNTANT), as_role(Role.OWNER)
    url = _give(lan, _picture()).json()["url"]
    same = [_give(api, _picture()).json()["url"] for api in (lan, hoa)]

    def drop(api: APIClient) -> int:
        return api.delete("/api/upload/image", {"url": url}, format="json").status_code

    assert ({*same, url}, len(_stored()), Upload.objects.count()) == ({url}, 1, 2)
    assert (drop(lan), len(_stored()), drop(lan)) == (200, 1, 404)
    assert (drop(owner), Upload.objects.count()) == (200, 0)


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_once_nobody_gives_it_any_more(as_role: Any) -> None:
    api = as_role(Role.WAREHOUSE)
    url = _give(api, _picture()).json()["url"]

    api.delete("/api/upload/image", {"url": url}, format="json")

    assert _stored() == []
    assert api.get(url).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_same_picture_at_once_is_kept_once(as_role: Any) -> None:
    api = as_role(Role.WAREHOUSE)
    answers = at_once(lambda _: _give(api, _picture()).status_code, range(8))

    assert (answers, Upload.objects.count(), len(_stored())) == ([200] * 8, 1, 1)


@pytest.mark.parametrize(
    "url", ["", "x", "/media/../settings.py", "https://evil.test/media/uploads/aa/x.jpg", "/etc/passwd", 5, None]
)
def test_only_kept_pictures_are_removed(api: APIClient, url: Any) -> None:
    answer = api.generic("DELETE", "/api/upload/image", json.dumps({"url": url}), "application/json")

    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("name", ["../secrets.env", "uploads/aa/x.svg", "uploads/", f"uploads/aa/{'a' * 64}.html"])
def test_nothing_but_kept_pictures_is_shown(client: Client, db: None, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


def test_a_viewer_uploads_nothing(as_role: Any) -> None:
    assert _give(as_role(Role.VIEWER), _picture()).status_code == 403
    assert _stored() == []


@pytest.mark.parametrize("name", ["fileName", "folderPath"])
@pytest.mark.parametrize("text", ["a\x00.png", "\ud83d.png"])
def test_a_name_that_is_no_text_keeps_nothing(api: APIClient, name: str, text: str) -> None:
    body = json.dumps({"image": base64.b64encode(_picture()).decode(), "fileName": "a.jpg", name: text})

    answer = api.generic("POST", "/api/upload/image", body, "application/json")

    assert (answer.status_code, answer.json()["code"], _stored()) == (400, "INVALID_TEXT", [])


def test_a_forms_folder_that_is_no_text_keeps_nothing(api: APIClient) -> None:
    file = SimpleUploadedFile("a.jpg", _picture(), content_type="image/jpeg")

    answer = api.post("/api/upload/image", {"file": file, "folderPath": "a\x00b"}, format="multipart")

    assert (answer.status_code, answer.json()["code"], _stored()) == (400, "INVALID_TEXT", [])


@pytest.mark.parametrize("url", ["http://[", "//[::1", "http://a:b/media/uploads/x"])
def test_what_is_no_address_shows_no_picture(api: APIClient, url: str) -> None:
    answer = api.delete("/api/upload/image", {"url": url}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (404, "IMAGE_NOT_FOUND")


def _of_a_camera(orientation: int) -> bytes:
    """Return a picture 40 by 30 whose upper left is red, with what a camera writes beside."""
    picture, written, exif = Image.new("RGB", (40, 30), "white"), io.BytesIO(), Image.Exif()
    picture.paste((255, 0, 0), (0, 0, 20, 15))
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.ImageDescription] = orientation, "camera"
    picture.save(written, "JPEG", exif=exif)
    return written.getvalue()


@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (40, 30), (5, 5)), (2, (40, 30), (35, 5)), (3, (40, 30), (35, 25)), (4, (40, 30), (5, 25)),
        (5, (30, 40), (5, 5)), (6, (30, 40), (25, 5)), (7, (30, 40), (25, 35)), (8, (30, 40), (5, 35)),
        (0, (40, 30), (5, 5)), (99, (40, 30), (5, 5)),
    ],
)  # fmt: skip
def test_a_picture_is_kept_upright(orientation: int, size: tuple[int, int], red: tuple[int, int]) -> None:
    kept = Image.open(io.BytesIO(draw(_of_a_camera(orientation)).content)).convert("RGB")

    corners = [(5, 5), (size[0] - 5, 5), (5, size[1] - 5), (size[0] - 5, size[1] - 5)]
    is_red = [place for place in corners if kept.getpixel(place)[1] < 100]  # type: ignore[index, operator]
    assert (kept.size, is_red) == (size, [red])


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says what is broken.
def test_what_a_camera_wrote_may_be_broken() -> None:
    """Each byte of it in turn: its picture is kept, upright or not."""
    whole = _of_a_camera(6)
    start = whole.index(b"Exif")
    length = int.from_bytes(whole[start - 2 : start])

    for place in range(start, start + length - 2):
        for byte in (0, 1, 7, 255):
            drawn = draw(whole[:place] + bytes([byte]) + whole[place + 1 :])
            assert {drawn.width, drawn.height} == {40, 30}


def test_sixteen_bits_of_grey_stay_grey() -> None:
    written, picture = io.BytesIO(), Image.new("I;16", (2, 1))
    picture.putpixel((0, 0), 0x4000)
    picture.putpixel((1, 0), 0xFFFF)
    picture.resize((40, 30), Image.Resampling.NEAREST).save(written, "PNG")

    kept = Image.open(io.BytesIO(draw(written.getvalue()).content)).convert("L")

    assert abs(kept.getpixel((5, 15)) - 0x40) < 8  # type: ignore[operator]
    assert abs(kept.getpixel((35, 15)) - 0xFF) < 8  # type: ignore[operator]
