"""What is announced of the sockets: that one stands otherwise than before. How it stands is read, not told."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from n2store.events import Event, publish_many


@dataclass(frozen=True, kw_only=True)
class SocketChanged(Event):
    """A command was given, or the holder sees an account's socket otherwise."""

    name: ClassVar[str] = "socket.changed"
    account_id: int

    def topics(self) -> list[str]:
        """Return the inbox's channel: its readers want to know whether messages arrive."""
        return ["inbox"]


def announce(account_ids: Iterable[int]) -> None:
    """Say within the running transaction that these accounts' sockets have changed."""
    publish_many([SocketChanged(account_id=id) for id in account_ids])
