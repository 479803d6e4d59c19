"""The tables of what is pushed: accounts and frames of the neighbours' sockets."""

from realtime.models.accounts import Account, AccountState, Lease
from realtime.models.frames import Frame, FrameKind, PageSilence

__all__ = ["Account", "AccountState", "Frame", "FrameKind", "Lease", "PageSilence"]
