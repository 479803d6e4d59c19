"""Finds every text that is marked for translation, without gettext's tools: machines do not have them."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parents[2]
APPS = ("n2store", "proxy", "customers", "wallets", "tickets", "banking", "realtime")
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
SEVERAL = {"ngettext", "ngettext_lazy"}
LITERAL = r"""u?("{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
ONE_IN_TEMPLATE = re.compile(rf"\b(?:_|gettext)\({LITERAL}\)", re.DOTALL)
SEVERAL_IN_TEMPLATE = re.compile(rf"\bngettext\({LITERAL},\s*{LITERAL}", re.DOTALL)


def marked_in_python(source: str) -> Iterator[str]:
    """Yield the texts that calls such as `_("Customers")` mark."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _called(node) in ONE | SEVERAL and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def marked_in_template(source: str) -> Iterator[str]:
    """Yield the texts of `translate` and `blocktranslate` tags, and of `_("…")` in others."""
    as_python = templatize(source)
    for found in (*ONE_IN_TEMPLATE.finditer(as_python), *SEVERAL_IN_TEMPLATE.finditer(as_python)):
        yield ast.literal_eval(found.group(1))


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def marked_in(*folders: Path) -> set[str]:
    """Return all texts marked in the Python files and templates below these folders."""
    return {
        text for folder in folders for text in (*_python(folder.rglob("*.py")), *_templates(folder.rglob("*.html")))
    }


def _python(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        yield from marked_in_python(file.read_text(encoding="utf-8"))


def _templates(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        yield from marked_in_template(file.read_text(encoding="utf-8"))
