"""The server's clock."""

from datetime import UTC, datetime, timedelta

from rest_framework.test import APIClient


def test_the_clock_is_told_in_the_forms_of_the_old_server(api: APIClient) -> None:
    before = datetime.now(UTC)
    said = api.get("/api/debug/time").json()
    after = datetime.now(UTC)

    utc = datetime.fromisoformat(said["utc"])
    assert before - timedelta(milliseconds=1) <= utc <= after
    assert said["unix_timestamp"] // 1000 == said["unix_seconds"] == int(utc.timestamp())
    assert (said["timezone"], said["timezone_offset_minutes"]) == ("Asia/Ho_Chi_Minh", -420)
    assert datetime.fromisoformat(said["vietnam_time"]) - utc == timedelta(hours=7)
    assert said["utc"].endswith("Z")
