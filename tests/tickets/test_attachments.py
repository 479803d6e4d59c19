"""Pictures within a ticket's attachments are kept as uploads are, and named by their address."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from n2store.roles import Role
from proxy.models import Upload
from tests.factories.tickets import ticket
from tickets.models import Ticket


@pytest.fixture(autouse=True)
def _kept_here(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def _picture() -> str:
    written = io.BytesIO()
    made = Image.new("RGB", (8, 6), "red")
    exif = made.getexif()
    exif[0x010E] = "Nhà số 12 Lê Lợi"
    made.save(written, "JPEG", exif=exif)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode()


def test_a_picture_becomes_an_address_that_shows_it_without_what_the_camera_wrote(
    api: APIClient, client: Client
) -> None:
    made = ticket()
    given = [
        _picture(),
        {"name": "a.jpg", "image": _picture(), "by": "lan"},
        {"url": _picture()},
        "https://x/1.jpg",
        {"n": 1},
    ]

    row = api.patch(f"/api/v2/tickets/{made.code}", {"attachments": given}, format="json").json()["data"]

    address = row["attachments"][0]["url"]
    assert row["attachments"] == [
        {"url": address}, {"name": "a.jpg", "by": "lan", "url": address}, {"url": address}, "https://x/1.jpg", {"n": 1},
    ]  # fmt: skip
    shown = b"".join(client.get(address).streaming_content)  # type: ignore[attr-defined]
    assert (Image.open(io.BytesIO(shown)).size, "Lê Lợi".encode() in shown) == ((8, 6), False)
    assert Upload.objects.get().by == "ticket"


@pytest.mark.parametrize(
    "content", ["data:image/png;base64,AAAA", "data:image/png;base64,***", "data:image/png;base64,"]
)
def test_what_only_says_that_it_is_a_picture_changes_nothing(api: APIClient, content: str) -> None:
    made = ticket(attachments=["https://x/1.jpg"])

    answer = api.patch(f"/api/v2/tickets/{made.code}", {"attachments": [content]}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_IMAGE")
    assert (Ticket.objects.get().attachments, Upload.objects.count()) == (["https://x/1.jpg"], 0)


@pytest.mark.parametrize("odd", [None, 5, 1.5, True, [], ["https://x/2.jpg"]])
def test_an_attachment_is_a_link_or_an_object(api: APIClient, odd: Any) -> None:
    made = ticket(attachments=["https://x/1.jpg"])
    given = {"attachments": [_picture(), odd]}

    changed = api.patch(f"/api/v2/tickets/{made.code}", given, format="json")
    opened = api.post("/api/v2/tickets", {"phone": "0909318264", "type": "OTHER"} | given, format="json")

    assert [(one.status_code, one.json()["code"]) for one in (changed, opened)] == [(400, "INVALID_PRODUCTS")] * 2
    assert "liên kết" in changed.json()["message"]
    assert Ticket.objects.get().attachments == ["https://x/1.jpg"]


def test_who_may_change_nothing_leaves_no_picture_behind(as_role: Any) -> None:
    made = ticket()

    answer = as_role(Role.VIEWER).patch(f"/api/v2/tickets/{made.code}", {"attachments": [_picture()]}, format="json")

    assert (answer.status_code, Upload.objects.count()) == (403, 0)
