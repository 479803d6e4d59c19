"""What `make lint` says about translations."""

from pathlib import Path

import polib
import pytest

from n2store.launch.translations import fault


@pytest.fixture
def po(tmp_path: Path) -> Path:
    path = tmp_path / "django.po"
    file = polib.POFile()
    file.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    file.append(polib.POEntry(msgid="Wallet", msgstr="Ví"))
    file.save(str(path))
    file.save_as_mofile(str(path.with_suffix(".mo")))
    return path


def test_a_compiled_translation_has_no_fault(po: Path) -> None:
    assert fault(po) is None


def test_a_translation_changed_since_it_was_compiled_is_told(po: Path) -> None:
    po.write_text(po.read_text().replace("Ví", "Ví tiền"))

    assert fault(po) == f"{po.with_suffix('.mo')} does not match its .po: run `make translations`."


def test_a_text_without_translation_is_told(po: Path) -> None:
    po.write_text(po.read_text() + '\nmsgid "Ticket"\nmsgstr ""\n')

    assert fault(po) == f"{po}: texts without a translation: 1."
