"""What the holder of the sockets is to do for one account."""

from dataclasses import dataclass, field

from realtime.frames import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An account whose socket is wanted, with its credentials opened."""

    account_id: int
    revision: int
    provider: Provider
    owner: str
    page_ids: tuple[str, ...] = ()
    token: str = field(repr=False)
    cookie: str = field(default="", repr=False)
