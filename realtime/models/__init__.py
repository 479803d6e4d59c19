"""The tables of live events: sockets and their frames, what was said, who waits, and what pages keep here."""

from realtime.models.accounts import Account, AccountState, Lease
from realtime.models.chat import Contact, Conversation, Kind, Linked, Message
from realtime.models.doors import StreamTicket
from realtime.models.frames import Frame, FrameKind, PageSilence
from realtime.models.keyvalue import KeptValue
from realtime.models.pages import PageName
from realtime.models.waiting import Channel, WaitingCustomer

__all__ = [
    "Account",
    "AccountState",
    "Channel",
    "Contact",
    "Conversation",
    "Frame",
    "FrameKind",
    "KeptValue",
    "Kind",
    "Lease",
    "Linked",
    "Message",
    "PageName",
    "PageSilence",
    "StreamTicket",
    "WaitingCustomer",
]
