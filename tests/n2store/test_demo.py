"""The demo shop: mixed into nobody's own, and with logins that nobody could guess."""

import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from pytest_django import Settings

from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.demo import logins
from n2store.roles import Role, roles_of


@pytest.mark.django_db
def test_nothing_is_mixed_into_a_shop_of_somebodys_own(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.N2STORE_HOME = tmp_path
    get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")

    call_command("demo")

    assert "nothing was added" in capsys.readouterr().out
    assert Customer.objects.count() == 1
    assert not User.objects.exists()
    assert not (tmp_path / "logins.txt").exists()


@pytest.mark.django_db
def test_each_role_has_a_login_told_only_to_the_owner_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "logins.txt"

    assert logins.ensure(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    roles = set()
    for line in path.read_text().splitlines():
        name, password = line.split()[:2]
        user = User.objects.get(username=name)
        assert user.check_password(password)
        assert user.is_staff
        assert not user.is_superuser
        roles |= roles_of(user)
    assert roles == set(Role)
    assert not logins.ensure(path)


@pytest.mark.django_db
def test_a_lost_file_gives_new_passwords_and_a_lost_user_its_old_one(tmp_path: Path) -> None:
    path = tmp_path / "logins.txt"
    logins.ensure(path)
    told = path.read_text()
    User.objects.get(username="kho").delete()

    logins.ensure(path)

    assert path.read_text() == told
    assert User.objects.get(username="kho").check_password(told.split("kho")[1].split()[0])
    path.unlink()
    logins.ensure(path)
    assert path.read_text() != told
    assert User.objects.get(username="kho").check_password(path.read_text().split("kho")[1].split()[0])
