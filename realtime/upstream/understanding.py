"""Who understands frames, in the transaction that stores them."""

from collections.abc import Sequence

from realtime.frames import KeptFrame
from realtime.inbox import understanding as inbox
from realtime.upstream.tpos.orders import take_order


def understand_all(frames: Sequence[KeptFrame]) -> None:
    """Draw from frames what follows, in their order. Safe to run again.

    Raises:
        Exception: one of them cannot be understood, whatever it is; nothing came of any.
    """
    for frame in frames:
        take_order(frame)
    inbox.understand_all(frames)
