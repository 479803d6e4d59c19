"""One account's socket, kept alive for ever: connect, talk, and when it is over wait and begin again."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from django.utils import timezone

from realtime.upstream.backoff import Backoff
from realtime.upstream.heard import Heard
from realtime.upstream.intake import Intake
from realtime.upstream.session import Ended, Session, Why
from realtime.upstream.state import Phase, State
from realtime.upstream.wire import Closed, Failed, NotAdmitted, Wire, opened

logger = logging.getLogger(__name__)

REFUSED_AGAIN_S = 30 * 60.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
USER_AGENT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
    " Safari/537.36"
)
BROWSER_HEADERS = {"Accept-Language": "en-US,en;q=0.9,vi;q=0.8", "Cache-Control": "no-cache", "Pragma": "no-cache"}
"""The neighbours are used to browsers."""


class NotSafe(Exception):
    """The address of a neighbour is neither encrypted nor on this machine."""


class NoLogin(Exception):
    """There is nothing to log in with. `again` when that may change by itself."""

    def __init__(self, sentence: str, *, again: bool) -> None:
        super().__init__(sentence)
        self.again = again


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to connect, and as whom. `headers` may hold a token or cookie: never shown."""

    url: str = field(repr=False)
    origin: str
    headers: Mapping[str, str] = field(repr=False)


class Line(ABC):
    """One account. `state` is what its socket looks like now."""

    def __init__(self, *, account_id: int, intake: Intake, backoff: Backoff | None = None) -> None:
        self.account_id = account_id
        self.state = State()
        self._intake = intake
        self._backoff = backoff or Backoff()
        self._session: Session | None = None
        self._answers: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def prepare(self) -> tuple[Address, Session]:
        """Return where to connect, and a fresh session.

        Raises:
            NoLogin: there is no token to connect with.
            NotSafe: the address may not be used.
        """

    def refused(self) -> bool:
        """The neighbour refused our login: return whether another one can be had soon."""
        return False

    async def while_joined(self) -> None:
        """Do what is to be done beside listening; begun with each join, and cancelled once messages cannot arrive."""
        return

    async def run(self) -> None:
        """Keep the socket alive until cancelled."""
        while True:
            ended = await self._once()
            self.state.joined = False
            self._session = None
            await self._rest(ended)

    async def _once(self) -> Ended:
        self._show(Phase.CONNECTING)
        try:
            address, session = await self.prepare()
            check_safe(address.url)
        except NoLogin as error:
            return Ended(Why.TRANSIENT if error.again else Why.REFUSED, str(error))
        except NotSafe as error:
            self._show(Phase.BROKEN)
            return Ended(Why.REFUSED, str(error))
        try:
            headers = {"User-Agent": USER_AGENT, **address.headers}
            async with opened(address.url, origin=address.origin, headers=headers) as wire:
                self._session = session
                self.state.connected_at = timezone.now()
                return await self._talk(wire, session)
        except NotAdmitted as error:
            why = Why.REFUSED if error.status == HTTPStatus.UNAUTHORIZED else Why.TRANSIENT
            return Ended(why, f"The handshake was answered with {error.status}.")
        except Closed as error:
            return Ended(Why.TRANSIENT, f"The connection was closed ({error.code}).")
        except Failed as error:
            return Ended(Why.TRANSIENT, f"No connection: {error.kind}.")

    async def _talk(self, wire: Wire, session: Session) -> Ended:
        now = asyncio.get_running_loop().time
        beside = _Beside(self.while_joined)
        session.opened(now())
        try:
            while True:
                await self._pass_on(wire, session)
                if session.ended is not None:
                    return session.ended
                self._show(Phase.JOINED if session.joined else Phase.OPEN)
                beside.go_on(session.joined)
                text = await wire.next_text(session.next_at() - now())
                if text is not None:
                    self.state.last_frame_at = timezone.now()
                    session.received(text, now())
                if now() >= session.next_at():
                    session.tick(now())
        finally:
            beside.go_on(False)

    async def _pass_on(self, wire: Wire, session: Session) -> None:
        talk = session.take()
        for text in talk.send:
            await wire.send(text)
        for one in talk.heard:
            await self._intake.put(one if one.ack is None else self._answered(wire, one))

    def _answered(self, wire: Wire, one: Heard) -> Heard:
        """Return the same, so that the neighbour hears of it once it is stored."""
        loop = asyncio.get_running_loop()

        async def answer() -> None:
            with suppress(Closed, Failed):
                await wire.send(one.ack or "")

        def begin() -> None:
            task = loop.create_task(answer())
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

        def kept() -> None:
            loop.call_soon_threadsafe(begin)

        return replace(one, kept=kept)

    def _show(self, phase: Phase) -> None:
        if self._session is not None:
            self.state.detail = self._session.detail()
            self.state.joined = self._session.joined
            if self._session.joined:
                self.state.attempts, self.state.error = 0, ""
        if phase in (Phase.OPEN, Phase.JOINED):
            self.state.next_try_at = None
        self.state.phase = phase

    async def _rest(self, ended: Ended) -> None:
        """Wait as long as the end of the last connection asks for."""
        if ended.why is Why.RENEW:
            return
        self.state.attempts += 1
        self.state.error = ended.reason
        broken = self.state.phase is Phase.BROKEN
        if ended.why is Why.REFUSED and not self.refused():
            pause_s, phase = REFUSED_AGAIN_S, Phase.BROKEN if broken else Phase.REFUSED
            logger.warning("Account %d: %s", self.account_id, ended.reason)
        else:
            pause_s, phase = self._backoff.after(self.state.attempts), Phase.WAITING
            logger.info("Account %d: %s Again in %.1f s.", self.account_id, ended.reason, pause_s)
        self.state.next_try_at = _in(pause_s)
        self._show(phase)
        await asyncio.sleep(pause_s)


class _Beside:
    """Runs something while a condition holds, anew each time that it begins to hold."""

    def __init__(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None

    def go_on(self, holds: bool) -> None:
        """Begin when it holds and did not before; end when it does not."""
        if holds and self._task is None:
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(_tell_failure)
        elif not holds and self._task is not None:
            self._task.cancel()
            self._task = None


def _tell_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("What is done beside a socket failed.", exc_info=task.exception())


def check_safe(url: str) -> None:
    """Refuse an address that would send a token in the clear to another machine.

    Raises:
        NotSafe: it is neither wss nor ws on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "wss" and not (parts.scheme == "ws" and parts.hostname in LOOPBACK):
        raise NotSafe("A neighbour's socket must be wss, or ws on this machine.")


def _in(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
