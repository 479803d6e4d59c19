"""JSON that PostgreSQL writes as text: the SQL of an object is its names, written beforehand, around its values.

Note [Rows are written by concat]
---------------------------------
`json_build_object` and `row_to_json` ask the catalogue how to write each value and escape each name, for each row anew;
`concat` asks once a statement. A page of fifty transfers with forty fields each took PostgreSQL 1.2 ms to write and now
takes 0.7; that was more than to find it. So what lists write row by row is put together here. What is written once an
answer stays `json_build_object`, which is easier to read.

Note [JSON passes as bytes]
---------------------------
A page of 60 kB with a name such as "Hường" in it took Python 0.14 ms to decode and 0.17 ms to encode again, and nobody
looked at it in between. So finished JSON is given the type `bpchar`, which costs PostgreSQL nothing and which no column
of ours has: `n2store.database` hands its bytes over as they came, and `n2store.json_answers` passes them on.

A value is SQL whose text is JSON and which is never NULL: `text("c.name")`, `number("t.amount_vnd")`. Braces stand in
the SQL, so it goes into a template as a value and is never one itself.
"""

from collections.abc import Mapping

Fields = Mapping[str, str]
"""The fields of an object: by name, the SQL of the value."""

NULL = "'null'"
ARGUMENTS_MAX = 100
"""What a function of PostgreSQL takes."""


def text(sql: str) -> str:
    """Return the value of any text, escaped."""
    return f"coalesce(to_json({sql}), 'null')"


def filled(sql: str) -> str:
    """Return the value of a text that is null where it is empty."""
    return text(f"nullif({sql}, '')")


def plain(sql: str) -> str:
    """Return the value of a text that can hold nothing to escape, such as an instant."""
    return f"""coalesce('"' || {sql} || '"', 'null')"""


def utc(sql: str) -> str:
    """Return the value of an instant in UTC with milliseconds, as `n2store.wire.instant` writes it."""
    return plain(f"""to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""")


def number(sql: str) -> str:
    """Return the value of a number."""
    return f"coalesce(({sql})::text, 'null')"


def flag(sql: str) -> str:
    """Return the value of a condition; one that is unknown is false."""
    return f"CASE WHEN {sql} THEN 'true' ELSE 'false' END"


def json(sql: str, *, missing: str = "null") -> str:
    """Return the value of what is JSON already; `missing` is JSON, too."""
    return f"coalesce({sql}, '{missing}')"


def object_of(fields: Fields) -> str:
    """Return the SQL of an object's text. See Note [Rows are written by concat]."""
    parts = []
    for opening, (name, value) in zip(["{", *[","] * len(fields)], fields.items(), strict=False):
        parts += [f"""'{opening}"{name}":'""", value]
    parts.append("'}'")
    some = [parts[first : first + ARGUMENTS_MAX] for first in range(0, len(parts), ARGUMENTS_MAX)]
    return " || ".join(f"concat({', '.join(arguments)})" for arguments in some)


def array_of(row: str, *, order: str) -> str:
    """Return the SQL of an array of all rows, which are objects' texts, to be read as bytes."""
    return passed(f"concat('[', string_agg({row}, ',' ORDER BY {order}), ']')")


def map_of(key: str, row: str) -> str:
    """Return the SQL of an object that holds each row by its key, which is a text."""
    return passed(f"concat('{{', string_agg(concat(to_json({key}), ':', {row}), ','), '}}')")


def passed(sql: str) -> str:
    """Return the SQL of finished JSON to be read as bytes. See Note [JSON passes as bytes]."""
    return f"({sql})::text::bpchar"
