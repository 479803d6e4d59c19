"""How much one push process gives to one client, and for how long. Tests pass smaller ones."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of a stream. Seconds, bytes and counts."""

    heartbeat_s: float = 30
    """Of silence; below the minute after which proxies give a connection up."""
    life_s: float = 30 * 60
    """Longest life of a stream. After it the client comes back, and its permission is looked at again."""
    life_jitter: float = 0.2
    """Up to this part of the life is taken off by chance, so that clients do not come back all at once."""
    retry_ms: int = 3000
    """What a browser waits before it comes back; up to as much again is added by chance."""
    stalled_s: float = 20
    """A client whose buffers stay full this long is dropped. It resumes with `Last-Event-ID`."""
    goodbye_s: float = 5
    """A socket that is dropped has this long to read why."""
    transport_max_bytes: int = 16 * 1024
    """What the server's own buffer may hold before we wait for the client."""
    queue_max_bytes: int = 256 * 1024
    queue_events_max: int = 1000
    """What may wait for one client here; one block more and it is dropped."""
    replay_events_max: int = 5000
    """More missed events than this are not sent again: the client is told to fetch afresh."""
    replay_span_max: int = 200_000
    """More missed events of anybody than this are not even searched."""
    replay_page: int = 500
    topics_max: int = 100
    key_max_chars: int = 500
    """Of the old streams' keys."""
    frame_max_chars: int = 4096
    """What a WebSocket client may say at once. Nobody listens to it."""
    streams_per_user_max: int = 50


LIMITS = Limits()
