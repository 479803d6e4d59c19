"""A login for each role, with passwords of chance that are kept in one file and nowhere else."""

import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.db import transaction

from n2store.roles import Role

PEOPLE = {
    "owner": (Role.OWNER, "Chủ shop"),
    "cskh": (Role.CUSTOMER_CARE, "Chăm sóc khách hàng"),
    "kho": (Role.WAREHOUSE, "Kho"),
    "ketoan": (Role.ACCOUNTANT, "Kế toán"),
    "ketoan2": (Role.ACCOUNTANT, "Kế toán thứ hai"),
    "xem": (Role.VIEWER, "Chỉ xem"),
}
PASSWORD_BYTES = 12


@transaction.atomic
def ensure(path: Path) -> bool:
    """See that every login exists and that `path` tells its password; return whether anything was missing.

    The file decides: a user without a line in it gets a new password, a line without a user a user.
    """
    known = _read(path)
    there = set(User.objects.filter(username__in=PEOPLE).values_list("username", flat=True))
    if there == set(PEOPLE) and there <= known.keys():
        return False
    passwords = {name: known.get(name) or secrets.token_urlsafe(PASSWORD_BYTES) for name in PEOPLE}
    for name, (role, title) in PEOPLE.items():
        if name not in there or name not in known:
            _set(name, role, title, passwords[name])
    _write(path, passwords)
    return True


def _set(name: str, role: Role, title: str, password: str) -> None:
    user, _created = User.objects.get_or_create(username=name)
    user.first_name, user.is_staff = title, True
    user.set_password(password)
    user.save()
    user.groups.set([Group.objects.get(name=role.value)])


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return {line[0]: line[1] for line in words if len(line) > 1}


def _write(path: Path, passwords: dict[str, str]) -> None:
    """Replace the file in one step, readable by its owner only."""
    lines = [f"{name:<8} {passwords[name]}   {role.value} ({title})\n" for name, (role, title) in PEOPLE.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(lines)
    fresh.replace(path)
