"""Nothing on our screens is left in English: neither our own words, nor those of the libraries we draw with."""

from importlib.util import find_spec
from pathlib import Path

import polib
import pytest
from django.utils import translation

from tests.n2store.messages import APPS, PROJECT, marked_in, marked_in_python, marked_in_template

CATALOG = PROJECT / "locale" / "vi" / "LC_MESSAGES" / "django.po"
SAME_IN_VIETNAMESE = {"VIP", "%(class_name)s %(instance)s"}


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def untranslated(texts: set[str]) -> list[str]:
    """Return the texts that Vietnamese readers would see as they stand here."""
    with translation.override("vi"):
        same = {text for text in texts if text == translation.gettext(text) == translation.ngettext(text, "", 1)}
    ours = {entry.msgid for entry in polib.pofile(str(CATALOG)) if entry.translated()}
    return sorted(same - SAME_IN_VIETNAMESE - ours)


def test_all_our_words_have_vietnamese():
    ours = marked_in(*(PROJECT / app for app in APPS), PROJECT / "templates")

    assert len(ours) > 100
    assert untranslated(ours) == []


@pytest.mark.parametrize("package", ["unfold", "django_celery_beat", "knox"])
def test_all_words_of_the_libraries_on_our_screens_have_vietnamese(package):
    assert untranslated(marked_in(folder_of(package))) == []


def test_the_compiled_catalog_is_the_written_one():
    written = {entry.msgid: (entry.msgstr, entry.msgstr_plural) for entry in polib.pofile(str(CATALOG))}
    compiled = {
        entry.msgid: (entry.msgstr, entry.msgstr_plural) for entry in polib.mofile(str(CATALOG.with_suffix(".mo")))
    }

    assert compiled == written


def test_a_translation_keeps_the_places_for_values():
    broken = [
        entry.msgid
        for entry in polib.pofile(str(CATALOG))
        for place in ("%(counter)s", "%(day)s", "%(filter_title)s", "%(len)s", "%(time)s", "{amount}", "{count}", "{0}")
        if (place in entry.msgid) != (place in (entry.msgstr or entry.msgstr_plural[0]))
    ]

    assert broken == []


def test_texts_are_found_in_python_and_templates():
    python = 'a = _("One")\nb = models.CharField(_("two"))\nc = ngettext("1 row", "{} rows", n)\nd = _(e)'
    template = (
        "{% load i18n %}{% translate 'One' %}{% translate \"two\" as two %}{{ _('three')|title }}"
        "{% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}"
    )

    assert set(marked_in_python(python)) == {"One", "two", "1 row"}
    assert set(marked_in_template(template)) == {"One", "two", "three", "%(n)s row"}
