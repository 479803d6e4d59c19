"""What a list written as one statement is narrowed to."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Conditions in our own words, and the values of their parameters."""

    conditions: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Any], ...] = ()
    is_search: bool = False
    """Somebody's text is searched for: nobody asks in the same words again."""

    def and_(self, condition: str, **parameters: Any) -> "Filter":
        """Narrow further."""
        return replace(
            self, conditions=(*self.conditions, condition), parameters=(*self.parameters, *parameters.items())
        )

    def searched(self) -> "Filter":
        """Say that one of the conditions is somebody's text."""
        return replace(self, is_search=True)

    @property
    def where(self) -> str:
        """The WHERE clause."""
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
