"""Who understands a frame, in the transaction that stores it."""

from realtime.frames import KeptFrame
from realtime.upstream.tpos.orders import take_order


def understand(frame: KeptFrame) -> None:
    """Draw from a frame what follows. Safe to run again.

    Raises:
        Exception: whatever it is, the frame is kept with it and can be replayed.
    """
    take_order(frame)
