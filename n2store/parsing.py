"""Reading JSON bodies: what nests too deep is the sender's fault, not ours."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """DRF's parser, answering 400 where the interpreter's recursion limit would answer 500."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the parsed body.

        Raises:
            ParseError: it is no JSON, or nested too deep.
        """
        try:
            return super().parse(stream, media_type, parser_context)
        except (ParseError, RecursionError) as error:  # What the interpreter says of it is nobody's business.
            raise ParseError("SyntaxError") from error
