"""Holding sockets in a test: in a thread of this process, with times that suit a test."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from django.db import connection

from n2store.roles import EVERYONE, Caller
from n2store.simulator.pancake import PAGES, TOKEN, USER, PancakeSocket
from n2store.simulator.tpos_socket import ROOM
from n2store.simulator.tpos_socket import TOKEN as TPOS_TOKEN
from realtime.frames import Provider
from realtime.models import Frame
from realtime.upstream import commands, reading
from realtime.upstream.backoff import Backoff
from realtime.upstream.commands import Asked
from realtime.upstream.holding import Holder
from realtime.upstream.intake import Intake
from realtime.upstream.line import Line
from realtime.upstream.pancake.client import PancakeLine
from realtime.upstream.pancake.session import Timing
from realtime.upstream.reading import Standing
from realtime.upstream.state import Phase
from realtime.upstream.tpos.client import TposLine
from realtime.upstream.wanted import Wanted
from tests.processes import wait_until

PATIENCE_S = 60
STAFF = Caller(name="hoa", roles=EVERYONE)
QUICK = Timing(heartbeat_s=0.3, silence_s=1.5, join_timeout_s=5.0, online_status_s=0.05, page_retry_s=0.5)
SOON = Backoff(first_s=0.05, most_s=0.3)


def quick_line(wanted: Wanted, intake: Intake) -> Line:
    if wanted.provider is Provider.PANCAKE:
        return PancakeLine(wanted, intake=intake, timing=QUICK, backoff=SOON)
    return TposLine(wanted, intake=intake, backoff=SOON)


class HolderInThread:
    """Begins at once, ends with the `with`."""

    def __init__(self, *, make_line: Any, redis_url: str) -> None:
        self._ready = threading.Event()
        self._make_line, self._redis_url = make_line, redis_url
        self._thread = threading.Thread(target=lambda: asyncio.run(self._hold()), daemon=True)
        self.failure: BaseException | None = None

    async def _hold(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.holder = Holder(make_line=self._make_line, redis_url=self._redis_url)
        self._ready.set()
        try:
            await self.holder.run(self._stop)
        except Exception as error:  # noqa: BLE001 -- raised again where the test ends
            self.failure = error

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        if self.failure is not None:
            raise self.failure


def start_pancake(*pages: str, token: str = TOKEN, user: str = USER, by: Caller = STAFF) -> bool:
    asked = Asked(provider=Provider.PANCAKE, owner=user, token=token, page_ids=pages or PAGES, cookie=f"jwt={token}")
    return commands.start(asked, caller=by)


def start_tpos(*, token: str = TPOS_TOKEN, room: str = ROOM) -> bool:
    return commands.start(Asked(provider=Provider.TPOS, owner=room, token=token), caller=STAFF)


def standing(provider: Provider = Provider.PANCAKE) -> Standing:
    [one] = reading.standings(provider)
    return one


def wait_for(phase: Phase, provider: Provider = Provider.PANCAKE) -> Standing:
    """Return how the account stood when it had come to a phase by its own doing; it may have gone on since."""
    return _seen(lambda one: one.held and one.phase is phase, provider)


def wait_joined(provider: Provider = Provider.PANCAKE) -> Standing:
    return _seen(lambda one: one.connected, provider)


def _seen(so: Callable[[Standing], bool], provider: Provider) -> Standing:
    found: list[Standing] = []

    def is_so() -> bool:
        found[:] = [standing(provider)]
        return so(found[0])

    wait_until(is_so, timeout_s=PATIENCE_S)
    return found[0]


def conversation(number: int, *, page: str = PAGES[0], text: str = "Chào shop", **more: Any) -> dict[str, Any]:
    """Return the payload of one update: `number` tells one message from another."""
    psid = f"{9_000_000_000_000_000 + number % 50}"
    person = {"id": psid, "name": f"Khách {number % 50}"}
    message = {"id": f"m_{number}", "message": text, "from": person, "inserted_at": "2026-01-20T03:00:05"}
    inner = {
        "id": f"{page}_{psid}", "type": "INBOX", "page_id": page, "from": person, "from_psid": psid,
        "customers": [{"fb_id": psid, "name": person["name"]}], "snippet": text, "unread_count": 1,
        "last_sent_by": person, "last_message": message, "updated_at": "2026-01-20T03:00:05",
    }  # fmt: skip
    return {"conversation": inner | more}


def tell(neighbour: PancakeSocket, *numbers: int, **more: Any) -> None:
    for number in numbers:
        payload = conversation(number, **more)
        page = payload["conversation"]["page_id"]
        neighbour.tell_event("pages:update_conversation", payload, page_id=page)


def messages() -> list[str]:
    """Return the ids of the messages that are kept, as often as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payload::json #>> '{conversation,last_message,id}' FROM realtime_frame"
            " WHERE event = 'pages:update_conversation' ORDER BY id"
        )
        return [id for (id,) in cursor.fetchall()]


def wait_for_frames(count: int) -> None:
    wait_until(lambda: Frame.objects.count() >= count, timeout_s=PATIENCE_S)
