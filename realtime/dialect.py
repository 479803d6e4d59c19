"""How events are spoken. A dialect has no state: one object serves all clients of an address."""

from abc import ABC, abstractmethod

from realtime.flow import Message
from realtime.log import LoggedEvent
from realtime.topics import Asked

Block = bytes | str


class Dialect(ABC):
    """What a client is told, and in which words."""

    @abstractmethod
    def hello(self, asked: Asked, *, cursor: int, resumable: bool, retry_ms: int) -> Block | None:
        """Greet, or say nothing. `cursor` is where the stream goes on; it is to be remembered when `resumable`."""

    @abstractmethod
    def event(self, event: LoggedEvent, asked: Asked) -> Block | None:
        """Tell an event, encoded once for all clients; None when this dialect has no word for it."""

    @abstractmethod
    def reset(self, reason: str, cursor: int) -> Block:
        """Say that something was missed for good: fetch afresh, then listen from `cursor` on."""

    @abstractmethod
    def heartbeat(self, at_ms: int, cursor: int | None) -> Block | None:
        """Show that we live; `cursor` when it has moved without an event for this client."""

    @abstractmethod
    def message(self, block: Block) -> Message:
        """Return the ASGI message that carries the block."""

    @abstractmethod
    def farewell(self, reason: int) -> Message:
        """Return the ASGI message that ends the stream."""

    def dropped(self) -> Message | None:
        """Return what tells a client that it read too slowly; None where it could not be told from others' words."""
        return None
