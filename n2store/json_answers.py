"""Answers around JSON that PostgreSQL wrote: it goes out as it came."""

import json
from typing import Any

from django.http import HttpResponse


def answer(data: bytes | str | None, name: str = "data", /, *, status: int = 200, **more: Any) -> HttpResponse:
    """Return the envelope around finished JSON, called `name`; `more` goes beside it."""
    finished = data.encode() if isinstance(data, str) else data
    beside = "".join(f',"{key}":{json.dumps(value, ensure_ascii=False)}' for key, value in more.items())
    parts = (f'{{"success":true,"{name}":'.encode(), finished or b"null", beside.encode(), b"}")
    return HttpResponse(b"".join(parts), status=status, content_type="application/json")
