"""What a list written as one statement is narrowed to."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Conditions in our own words, and the values of their parameters."""

    conditions: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Any], ...] = ()

    def and_(self, condition: str, **parameters: Any) -> "Filter":
        """Narrow further."""
        return Filter(conditions=(*self.conditions, condition), parameters=(*self.parameters, *parameters.items()))

    @property
    def where(self) -> str:
        """The WHERE clause."""
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
