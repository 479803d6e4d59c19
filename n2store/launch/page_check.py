"""Compile every template of the project: `python -m n2store.launch.page_check`. A page nobody opened may be broken."""

import os
import sys
from pathlib import Path

import django
from django.template import TemplateSyntaxError, engines


def faults() -> list[str]:
    """A sentence for each template that does not compile."""
    found = []
    engine = engines["django"]
    for folder in engine.dirs:
        for path in sorted(Path(folder).rglob("*.html")):
            try:
                engine.get_template(str(path.relative_to(folder)))
            except TemplateSyntaxError as error:
                found.append(f"{path}: {error}")
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
    django.setup()
    sys.exit("\n".join(faults()) or None)
