"""Everybody whom pages reach through the gateway, played at once: TPOS, Pancake, pages.fm, Facebook, pictures."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from n2store.simulator.facebook import Facebook
from n2store.simulator.images import Images
from n2store.simulator.pancake_http import PancakeHttp
from n2store.simulator.tpos import PASSWORD, USERNAME, Tpos


@dataclass(frozen=True, slots=True)
class Ports:
    """Where they answer on 127.0.0.1; 0 for any free port."""

    tpos: int = 0
    pancake: int = 0
    graph: int = 0
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """Those who are played."""

    tpos: Tpos
    pancake: PancakeHttp = field(default_factory=PancakeHttp)
    graph: Facebook = field(default_factory=Facebook)
    pictures: Images = field(default_factory=Images)

    def settings(self) -> dict[str, str]:
        """Return what a shop is started with to reach them."""
        return {
            "TPOS_BASE_URL": self.tpos.url, "TPOS_USERNAME": USERNAME, "TPOS_PASSWORD": PASSWORD,
            "PANCAKE_BASE_URL": self.pancake.url, "PANCAKE_CONTENT_URL": self.pancake.url,
            "PAGES_FM_BASE_URL": self.pancake.url, "FACEBOOK_GRAPH_URL": self.graph.url,
            "IMAGE_HOSTS": f"{self.pictures.url},{self.pancake.url}", "PROXY_HOSTS": self.pictures.url,
        }  # fmt: skip


@contextmanager
def playing(ports: Ports, partners: Sequence[dict[str, Any]] = ()) -> Iterator[Played]:
    """Play them until the end; TPOS knows these customers."""
    played = Played(Tpos(list(partners)))
    with ExitStack() as stack:
        stack.enter_context(played.tpos.serving(ports.tpos))
        stack.enter_context(played.pancake.serving(ports.pancake))
        stack.enter_context(played.graph.serving(ports.graph))
        stack.enter_context(played.pictures.serving(ports.pictures))
        yield played
