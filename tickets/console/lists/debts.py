"""What is owed to the shop, in lists: beside each ticket, and as a way to narrow them."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum

from tickets.models import RETURN_TYPES, Claim, ClaimKind, Compensation, Direction, Owed, Party, Ticket
from tickets.models.settlement import DEBTOR


def with_debts(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Return the rows, each knowing `owed_by_vnd`: what is open to the shop; None where nobody owes it anything."""
    debts = Owed.objects.filter(ticket=OuterRef("pk"), direction=Direction.OWED_BY, open_vnd__gt=0).order_by()
    return rows.annotate(owed_by_vnd=Subquery(debts.values("ticket").annotate(sum=Sum("open_vnd")).values("sum")))


def owing(party: Party) -> Q:
    """Return the condition of tickets on which a party owes the shop money.

    Who owes anything at all is looked up first, by indexes; only those few are counted.
    """
    kinds = [kind for kind in ClaimKind if DEBTOR[kind] is party]
    might = Q(pk__in=Claim.objects.filter(kind__in=kinds).values("ticket"))
    if party is Party.CUSTOMER:
        given = Compensation.objects.filter(in_advance=True, revoked_at=None).values("ticket")
        might |= Q(pk__in=given, type__in=RETURN_TYPES, received_at=None)
    debts = Owed.objects.filter(ticket=OuterRef("pk"), party=party, direction=Direction.OWED_BY, open_vnd__gt=0)
    return might & Q(Exists(debts))
