"""The tables of live events: who waits, what was said, and what pages keep here."""

from realtime.models.chat import Contact, Conversation, Kind, Message
from realtime.models.doors import StreamTicket
from realtime.models.keyvalue import KeptValue
from realtime.models.waiting import Channel, WaitingCustomer

__all__ = [
    "Channel",
    "Contact",
    "Conversation",
    "KeptValue",
    "Kind",
    "Message",
    "StreamTicket",
    "WaitingCustomer",
]
