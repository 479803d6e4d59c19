"""The seven things a person does with money here: what each asks, what it would do, and which command does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from n2store.roles import Caller
from wallets import commands
from wallets.authority import Action
from wallets.console import effects
from wallets.console.effects import Effect, Held
from wallets.console.forms import (
    AdjustForm,
    CreditForm,
    DeedForm,
    DepositForm,
    OrderForm,
    TakeBackForm,
    WithdrawForm,
)
from wallets.models import CreditSource, Transaction, VirtualCredit

Given = dict[str, Any]
"""The cleaned fields of a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One of them. `target` is a row or a lot for a taking back, and None for the others."""

    action: Action
    title: Any
    confirm: Any
    icon: str
    form: type[DeedForm]
    amount_of: Callable[[Given, Any], int]
    effect: Callable[[Held, Given, Any], Effect]
    carry_out: Callable[[Caller, int, Given, Any], commands.Answer]


def _amount(given: Given, _target: object) -> int:
    amount_vnd: int = given["amount"]
    return amount_vnd


def _signed(given: Given) -> int:
    amount_vnd: int = given["amount"]
    return amount_vnd if given["direction"] == "add" else -amount_vnd


def _owner(customer_id: int) -> commands.Owner:
    return commands.Owner(customer_id=customer_id)


def _deposit(caller: Caller, customer_id: int, given: Given, _target: object) -> commands.Answer:
    return commands.deposit(
        caller=caller, owner=_owner(customer_id), amount_vnd=given["amount"], key=given["key"], note=given["note"]
    )


def _withdraw(caller: Caller, customer_id: int, given: Given, _target: object) -> commands.Answer:
    return commands.withdraw(
        caller=caller,
        owner=_owner(customer_id),
        amount_vnd=given["amount"],
        key=given["key"],
        order_id=given.get("order", ""),
        note=given["note"],
    )


def _issue(caller: Caller, customer_id: int, given: Given, _target: object) -> commands.Answer:
    return commands.issue_credit(
        caller=caller,
        owner=_owner(customer_id),
        amount_vnd=given["amount"],
        key=given["key"],
        source_type=CreditSource(given["reason"]),
        source_id=given["ticket"],
        expiry_days=given["days"],
        note=given["note"],
    )


def _adjust(caller: Caller, customer_id: int, given: Given, _target: object) -> commands.Answer:
    return commands.adjust(
        caller=caller, owner=_owner(customer_id), amount_vnd=_signed(given), key=given["key"], reason=given["reason"]
    )


def _reverse(caller: Caller, _customer_id: int, given: Given, row: Transaction) -> commands.Answer:
    return commands.reverse(caller=caller, transaction_id=row.pk, key=given["key"], reason=given["reason"])


def _cancel(caller: Caller, _customer_id: int, given: Given, lot: VirtualCredit) -> commands.Answer:
    return commands.cancel_credit(caller=caller, credit_id=lot.pk, key=given["key"], reason=given["reason"])


DEEDS = {
    deed.action.value: deed
    for deed in (
        Deed(
            action=Action.DEPOSIT,
            title=_("Deposit"),
            confirm=_("Deposit this money"),
            icon="add_circle",
            form=DepositForm,
            amount_of=_amount,
            effect=lambda held, given, _target: effects.of_real(held, given["amount"]),
            carry_out=_deposit,
        ),
        Deed(
            action=Action.WITHDRAW,
            title=_("Withdraw"),
            confirm=_("Withdraw this money"),
            icon="do_not_disturb_on",
            form=WithdrawForm,
            amount_of=_amount,
            effect=lambda held, given, _target: effects.of_withdrawal(held, given["amount"]),
            carry_out=_withdraw,
        ),
        Deed(
            action=Action.PAY_ORDER,
            title=_("Pay an order"),
            confirm=_("Pay the order"),
            icon="shopping_cart",
            form=OrderForm,
            amount_of=_amount,
            effect=lambda held, given, _target: effects.of_withdrawal(held, given["amount"]),
            carry_out=_withdraw,
        ),
        Deed(
            action=Action.ISSUE_CREDIT,
            title=_("Issue credit"),
            confirm=_("Issue this credit"),
            icon="redeem",
            form=CreditForm,
            amount_of=_amount,
            effect=lambda held, given, _target: effects.of_credit(held, given["amount"], given["days"]),
            carry_out=_issue,
        ),
        Deed(
            action=Action.ADJUST,
            title=_("Adjust"),
            confirm=_("Adjust the balance"),
            icon="tune",
            form=AdjustForm,
            amount_of=_amount,
            effect=lambda held, given, _target: effects.of_real(held, _signed(given)),
            carry_out=_adjust,
        ),
    )
}
"""By the word in the address; in the order of the buttons."""

REVERSE = Deed(
    action=Action.REVERSE,
    title=_("Take a row back"),
    confirm=_("Take it back"),
    icon="undo",
    form=TakeBackForm,
    amount_of=lambda _given, row: abs(row.amount_vnd),
    effect=lambda held, _given, row: effects.of_reversal(held, row),
    carry_out=_reverse,
)
CANCEL = Deed(
    action=Action.CANCEL_CREDIT,
    title=_("Take credit back"),
    confirm=_("Take it back"),
    icon="undo",
    form=TakeBackForm,
    amount_of=lambda _given, lot: lot.original_vnd,
    effect=lambda held, _given, lot: effects.of_cancelling(held, lot),
    carry_out=_cancel,
)
