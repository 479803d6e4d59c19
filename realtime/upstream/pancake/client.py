"""Pancake's socket of one account. What it showed while we did not listen is read once we do, and now and then."""

import asyncio
import itertools
import logging
import secrets
import string
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from typing_extensions import override

from realtime.upstream.backoff import Backoff
from realtime.upstream.intake import Intake
from realtime.upstream.line import BROWSER_HEADERS, LOOPBACK, Address, Line
from realtime.upstream.pancake.catching_up import catch_up, heard_until, remember
from realtime.upstream.pancake.session import Login, PancakeSession, Timing
from realtime.upstream.session import Session
from realtime.upstream.wanted import Wanted

logger = logging.getLogger(__name__)

CLIENT_SESSION_CHARS = 64
STORED_WITHIN_S = 60.0
CATCH_UP_AGAIN = Backoff(first_s=5.0, most_s=300.0)
_CATCHING_UP = ThreadPoolExecutor(2, thread_name_prefix="upstreams-catching-up")

Given = TypeVar("Given")


class PancakeLine(Line):
    """References go on counting from one connection to the next, as Pancake's own pages do."""

    def __init__(
        self, wanted: Wanted, *, intake: Intake, timing: Timing | None = None, backoff: Backoff | None = None
    ) -> None:
        super().__init__(account_id=wanted.account_id, intake=intake, backoff=backoff)
        self._wanted = wanted
        self._timing = timing or _usual()
        self._refs = itertools.count(1)
        self._heard_until: datetime | None = None
        """Nothing that Pancake showed before is missing."""

    @override
    async def prepare(self) -> tuple[Address, Session]:
        await self._look_back()
        login = Login(
            token=self._wanted.token,
            user_id=self._wanted.owner,
            page_ids=self._wanted.page_ids,
            client_session=_client_session(),
        )
        session = PancakeSession(
            login, account_id=self.account_id, wall_clock=timezone.now, timing=self._timing,
            page_channels=settings.PANCAKE_PAGE_CHANNELS, refs=self._refs,
        )  # fmt: skip
        cookie = {"Cookie": self._wanted.cookie} if self._wanted.cookie else {}
        headers = BROWSER_HEADERS | cookie
        return Address(url=settings.PANCAKE_SOCKET_URL, origin=settings.PANCAKE_ORIGIN, headers=headers), session

    @override
    async def while_joined(self) -> None:
        """Read what was missed before this join, then look now and then for what Pancake left out."""
        failures = 0
        while _may_catch_up():
            begun_at = timezone.now()
            failure = await self._catch_up()
            if failure:
                failures += 1
                logger.warning("Account %d: what was missed cannot be read (%s).", self.account_id, failure)
                await asyncio.sleep(CATCH_UP_AGAIN.after(failures))
            else:
                failures = 0
                await self._remember(begun_at)
                await asyncio.sleep(settings.PANCAKE_CATCH_UP_S)

    async def _catch_up(self) -> str:
        """Hear what was missed; return why it may not be all."""
        if self._heard_until is None:
            await self._look_back()
        if self._heard_until is None:
            return "database"
        over = threading.Event()
        try:
            caught = await _beside(partial(catch_up, self._wanted, since=self._heard_until, over=over))
        except DatabaseError as error:
            return type(error).__name__
        finally:
            over.set()
        for one in caught.heard:
            await self._intake.put(one)
        if caught.heard:
            logger.info("Account %d: %d frames were missed and are caught up.", self.account_id, len(caught.heard))
        return caught.failure

    async def _remember(self, until: datetime) -> None:
        """Write it down once all that was heard is stored."""
        self._heard_until = until
        if await self._intake.drain(STORED_WITHIN_S):
            try:
                await _beside(partial(remember, self._wanted, until=until))
            except DatabaseError as error:
                logger.warning("It is not written down what was heard (%s).", type(error).__name__)

    async def _look_back(self) -> None:
        """Find out from when on something may be missing: before we connect, for afterwards frames come again."""
        if self._heard_until is None and _may_catch_up():
            try:
                self._heard_until = await _beside(partial(heard_until, self._wanted))
            except DatabaseError as error:
                logger.warning("It is not known when Pancake was heard last (%s).", type(error).__name__)


async def _beside(work: Callable[[], Given]) -> Given:
    """Do what blocks in threads of its own: the loop's carry what the sockets send."""
    return await asyncio.get_running_loop().run_in_executor(_CATCHING_UP, work)


def _usual() -> Timing:
    beat_s = settings.PANCAKE_HEARTBEAT_S
    return Timing(heartbeat_s=beat_s, silence_s=3 * beat_s)


def _may_catch_up() -> bool:
    """Whether it is wanted, and socket and pages are the same Pancake: a simulated login is not shown to the real."""
    addresses = (settings.PANCAKE_SOCKET_URL, settings.PANCAKE_BASE_URL)
    [socket_here, pages_here] = [urlsplit(address).hostname in LOOPBACK for address in addresses]
    return settings.PANCAKE_CATCH_UP_S > 0 and socket_here == pages_here


def _client_session() -> str:
    """Return what tells Pancake one window from another."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(CLIENT_SESSION_CHARS))
