"""What a transfer's text gives the rules to go by. Pure: no database, no clock."""

from dataclasses import dataclass

from django.conf import settings

from banking.matching.payers import Payer, payer_of
from banking.sepay.reading import Kind, Reading, find_qr, read_with_phones
from customers.phones import InvalidPhone, canonical_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """A code, full phones (the last one counts), the end of a phone, and who paid, as far as the text has them.

    `reading` is what the text says if nobody has its code.
    """

    reading: Reading
    qr: str | None
    phones: tuple[str, ...]
    digits: str
    payer: Payer
    amount_vnd: int | None

    @property
    def needs_candidates(self) -> bool:
        """Tell whether our own customers must be looked through: neither code nor phone names one in full."""
        return not self.phones and bool(self.digits or self.payer.account)


def clues_of(content: str, *, amount_vnd: int | None = None, accounts: tuple[str, ...] = ()) -> Clues:
    """Read a text. Numbers of the shop's own accounts, of the row's, and the row's amount name nobody."""
    own_accounts = settings.BANK_OWN_ACCOUNTS | {account for account in accounts if account}
    nobody = own_accounts if amount_vnd is None else own_accounts | {str(amount_vnd)}
    reading, phones = read_with_phones(content, own_accounts=nobody)
    return Clues(
        reading=reading,
        qr=find_qr(content),
        phones=_canonical(phones) if reading.kind is Kind.PHONE else (),
        digits=reading.value or "" if reading.kind is Kind.PARTIAL else "",
        payer=payer_of(content, own_accounts=own_accounts),
        amount_vnd=amount_vnd,
    )


def _canonical(phones: tuple[str, ...]) -> tuple[str, ...]:
    """Return what can be phones, each where it stands last. If the one that counts is none (00…), nobody is named."""
    good = []
    for phone in phones:
        try:
            good.append(canonical_phone(phone))
        except InvalidPhone:
            if phone == phones[-1]:
                return ()
    return tuple(dict.fromkeys(reversed(good)))[::-1]
