"""One connection to Pancake: joins the user's channel and that of all pages, and sees to it that they stay joined.

Note [One page must not silence the others]
-------------------------------------------
Pancake refuses the join of all pages when the plan of one has ended (code 122), and does not say which. Where each
page has a channel of its own, those channels say it; otherwise `sieve.py` finds it by trying. The page is left out,
shown as such, and tried again later.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from typing_extensions import override

from realtime.frames import Provider
from realtime.upstream.heard import Care
from realtime.upstream.pancake import protocol
from realtime.upstream.pancake.protocol import Frame, NoFrame, Refusal
from realtime.upstream.pancake.sieve import Sieve
from realtime.upstream.session import NEVER, Now, Session, Why

REJOIN_AFTER_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""After the first, second, … refusal or crash of a channel, until it is joined again."""
ENDS = {"phx_error": "the channel crashed", "phx_close": "Pancake closed the channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds. `silence_s` without any frame, looked at with each heartbeat, and the connection counts as dead."""

    heartbeat_s: float = 30.0
    silence_s: float = 90.0
    join_timeout_s: float = 10.0
    online_status_s: float = 1.0
    page_retry_s: float = 30 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Whose socket it is."""

    token: str = field(repr=False)
    user_id: str
    page_ids: tuple[str, ...]
    client_session: str = field(repr=False)


class ChannelState(StrEnum):
    """How a channel stands. `waiting` will be joined again."""

    JOINING = "joining"
    JOINED = "joined"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(slots=True)
class _Channel:
    topic: str
    state: ChannelState = ChannelState.WAITING
    join_ref: str = ""
    asked_at: float = 0.0
    retry_at: float = NEVER
    failures: int = 0
    reason: str = ""
    expired_plan: bool = False

    @property
    def answered(self) -> bool:
        return self.state is not ChannelState.JOINING

    def shown(self) -> dict[str, Any]:
        return {"state": str(self.state), "reason": self.reason}


class PancakeSession(Session):
    """See Note [One page must not silence the others]."""

    provider = Provider.PANCAKE

    def __init__(
        self,
        login: Login,
        *,
        account_id: int | None,
        wall_clock: Now,
        timing: Timing = Timing(),
        page_channels: bool = True,
        refs: Iterator[int] | None = None,
    ) -> None:
        super().__init__(account_id=account_id, wall_clock=wall_clock)
        self._login = login
        self._timing = timing
        self._refs = refs or itertools.count(1)
        self._user = _Channel(protocol.user_topic(login.user_id))
        self._all = _Channel(protocol.pages_topic(login.user_id))
        self._own = {id: _Channel(protocol.page_topic(id)) for id in login.page_ids} if page_channels else {}
        self._by_topic = {one.topic: one for one in (self._user, self._all, *self._own.values())}
        self._asked: tuple[str, ...] = login.page_ids
        self._left_out: dict[str, str] = {}
        self._sieve: Sieve | None = None
        self._awaiting_pages = False
        self._retry_pages_at = NEVER
        self._online_status_at = NEVER
        self._heartbeat_at = NEVER
        self._last_in = 0.0

    @property
    @override
    def joined(self) -> bool:
        return any(one.state is ChannelState.JOINED for one in (self._all, *self._own.values()))

    @override
    def opened(self, now: float) -> None:
        self._last_in = now
        self._heartbeat_at = now + self._timing.heartbeat_s
        self._join(self._user, now)
        self._join(self._all, now)
        for channel in self._own.values():
            self._join(channel, now)
        self._online_status_at = now + self._timing.online_status_s

    @override
    def received(self, text: str, now: float) -> None:
        self._last_in = now
        try:
            frame = protocol.read_frame(text)
        except NoFrame:
            self._hear_unreadable(text, self._all.topic)
            return
        channel = self._by_topic.get(frame.topic)
        match frame.event:
            case "phx_reply":
                if channel and frame.ref == channel.join_ref and channel.state is ChannelState.JOINING:
                    self._answer(channel, protocol.refusal(frame.payload), now)
            case "phx_error" | "phx_close":  # Of a channel that we have joined anew, the old one ends as well.
                if channel and frame.join_ref in (None, channel.join_ref) and channel.state is ChannelState.JOINED:
                    self._wait(channel, now, ENDS[frame.event])
            case _:
                self._take(frame, len(text))

    @override
    def tick(self, now: float) -> None:
        if now >= self._heartbeat_at:
            if now - self._last_in > self._timing.silence_s:
                self._end(Why.TRANSIENT, f"No frame for {self._timing.silence_s:.0f} s.")
                return
            self._heartbeat_at = now + self._timing.heartbeat_s
            self._send(None, self._ref(), "phoenix", "heartbeat", {})
        if now >= self._online_status_at:
            self._online_status_at = NEVER
            if self._all.state is ChannelState.JOINED:
                self._send(self._all.join_ref, self._ref(), self._all.topic, "get_online_status", {})
        for channel in self._by_topic.values():
            if channel.state is ChannelState.JOINING and now >= channel.asked_at + self._timing.join_timeout_s:
                self._wait(channel, now, "no answer to the join")
            elif channel.state is ChannelState.WAITING and now >= channel.retry_at:
                self._join(channel, now)
        if self._awaiting_pages and all(one.answered for one in self._own.values()):
            self._leave_out_what_pages_say(now)
        if now >= self._retry_pages_at:
            self._retry_left_out(now)

    @override
    def next_at(self) -> float:
        due = [self._heartbeat_at, self._online_status_at, self._retry_pages_at]
        for channel in self._by_topic.values():
            if channel.state is ChannelState.JOINING:
                due.append(channel.asked_at + self._timing.join_timeout_s)
            elif channel.state is ChannelState.WAITING:
                due.append(channel.retry_at)
        return min(due)

    @override
    def detail(self) -> dict[str, Any]:
        pages = {id: self._page(id) for id in self._login.page_ids}
        return {"user_channel": self._user.shown(), "pages_channel": self._all.shown(), "pages": pages}

    def _page(self, id: str) -> dict[str, Any]:
        """Return how one page stands: its messages arrive by the channel of all pages, or by its own."""
        own = self._own.get(id)
        by_all = self._all.state is ChannelState.JOINED and id in self._asked and id not in self._left_out
        if by_all or (own and own.state is ChannelState.JOINED):
            return {"state": "joined", "reason": ""}
        if id in self._left_out:
            return {"state": "left_out", "reason": self._left_out[id]}
        return {"state": str(self._all.state), "reason": self._all.reason}

    def _take(self, frame: Frame, size: int) -> None:
        message = frame.event in protocol.MESSAGES
        sign = frame.event in protocol.SIGNS
        self._hear(
            topic=frame.topic,
            event=frame.event,
            payload=frame.payload,
            page_id=protocol.page_of(frame.event, frame.payload),
            size=size,
            known=message or sign,
            care=Care.COUNT if sign else Care.UNDERSTAND,
            has_identity=message and protocol.has_identity(frame.event, frame.payload),
        )

    def _answer(self, channel: _Channel, refusal: Refusal | None, now: float) -> None:
        """Take the reply to a join."""
        if refusal is None:
            channel.state, channel.failures, channel.reason, channel.expired_plan = ChannelState.JOINED, 0, "", False
            self._joined(channel, now)
        elif refusal.login and channel is not self._user:
            self._end(Why.REFUSED, f"Pancake refuses the login: {self._plain(refusal.reason)}")
        elif refusal.expired_plan and channel is not self._user:
            channel.state, channel.reason = ChannelState.REFUSED, self._plain(refusal.reason)
            channel.expired_plan, channel.retry_at = True, NEVER
            if channel is self._all:
                self._spoilt(now)
        else:
            self._wait(channel, now, self._plain(refusal.reason))
        if self._awaiting_pages and all(one.answered for one in self._own.values()):
            self._leave_out_what_pages_say(now)

    def _joined(self, channel: _Channel, now: float) -> None:
        if channel is self._all:
            if self._online_status_at == NEVER:
                self._online_status_at = now + self._timing.online_status_s
            if self._sieve is not None:
                if not self._sieve.accepted():
                    self._join_pages(self._sieve.asking, now)
                    return
                self._leave_out(self._sieve.left_out, now)
                self._sieve = None
            return
        page = next((id for id, own in self._own.items() if own is channel), None)
        if page in self._left_out:  # Its plan was renewed.
            del self._left_out[page]
            self._join_pages([id for id in self._login.page_ids if id not in self._left_out], now)

    def _spoilt(self, now: float) -> None:
        """The join of all pages was refused because of one of them."""
        if self._sieve is None and self._own and not self._awaiting_pages and not self._left_out:
            self._awaiting_pages = True
            return
        if self._sieve is None:
            self._sieve = Sieve(self._asked)
        self._sieve.refused()
        self._go_on_sieving(now)

    def _go_on_sieving(self, now: float) -> None:
        assert self._sieve is not None
        if self._sieve.asking:
            self._join_pages(self._sieve.asking, now)
            return
        self._leave_out(self._sieve.left_out, now)
        self._sieve = None

    def _leave_out_what_pages_say(self, now: float) -> None:
        self._awaiting_pages = False
        ended = [id for id, own in self._own.items() if own.expired_plan]
        left = [id for id in self._asked if id not in ended]
        if not ended:  # The pages' own channels know nothing of plans.
            self._sieve = Sieve(self._asked)
            self._sieve.refused()
            self._go_on_sieving(now)
            return
        self._leave_out(ended, now)
        if left:
            self._join_pages(left, now)

    def _leave_out(self, pages: Sequence[str], now: float) -> None:
        for id in pages:
            self._left_out[id] = self._all.reason or "its plan has ended"
        if pages:
            self._retry_pages_at = now + self._timing.page_retry_s

    def _retry_left_out(self, now: float) -> None:
        """Ask again for what was left out: by the page's own channel, or by joining all anew."""
        self._retry_pages_at = now + self._timing.page_retry_s if self._left_out else NEVER
        if not self._left_out:
            return
        if self._own:
            for id in self._left_out:
                self._join(self._own[id], now)
            return
        self._left_out.clear()
        self._join_pages(self._login.page_ids, now)

    def _join_pages(self, pages: Sequence[str], now: float) -> None:
        self._asked = tuple(pages)
        self._join(self._all, now)

    def _join(self, channel: _Channel, now: float) -> None:
        ref = self._ref()
        channel.state, channel.join_ref, channel.asked_at, channel.retry_at = ChannelState.JOINING, ref, now, NEVER
        login: Mapping[str, Any] = {"accessToken": self._login.token, "userId": self._login.user_id}
        if channel is self._all:
            pages = {"clientSession": self._login.client_session, "pageIds": list(self._asked)}
            login = {**login, **pages}
        self._send(ref, ref, channel.topic, "phx_join", {**login, "platform": protocol.PLATFORM})

    def _wait(self, channel: _Channel, now: float, reason: str) -> None:
        """Join the channel again, later and later."""
        pause_s = REJOIN_AFTER_S[min(channel.failures, len(REJOIN_AFTER_S) - 1)]
        channel.state, channel.reason = ChannelState.WAITING, reason
        channel.failures += 1
        channel.retry_at = now + pause_s

    def _plain(self, reason: str) -> str:
        """Return what Pancake said, without our token if it repeats that."""
        return reason.replace(self._login.token, "…")

    def _ref(self) -> str:
        return str(next(self._refs))

    def _send(self, join_ref: str | None, ref: str, topic: str, event: str, payload: Mapping[str, Any]) -> None:
        self._say(protocol.write_frame(Frame(join_ref, ref, topic, event, payload)))
