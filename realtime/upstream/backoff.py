"""How long to wait before the next try."""

from dataclasses import dataclass
from random import Random

_CHANCE = Random()  # noqa: S311 -- spreads reconnects, hides nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Doubling seconds, with jitter so that several do not come back in step."""

    first_s: float = 2.0
    most_s: float = 60.0

    def after(self, failures: int, chance: Random = _CHANCE) -> float:
        """Return the pause after so many failures in a row, from 1 on: between half of the full pause and all of it."""
        full = min(self.most_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return full * chance.uniform(0.5, 1.0)
