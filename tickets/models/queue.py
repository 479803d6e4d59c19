"""What the queue keeps beside the tickets. See Note [The mark of the queue] in `tickets/sql/queue.sql`."""

from django.db import models


class TierMove(models.Model):
    """A customer who became PLATINUM or ceased to be, and whose tickets may not say so yet.

    Rows are added by a trigger on customers; `tickets_settle` puts the tickets right and takes the rows away.
    """

    customer_id = models.BigIntegerField(help_text="No reference: nothing waits for this row.")
    ripe_from = models.BigIntegerField(null=True, help_text="Transaction number; when all below are over, it is ripe.")

    def __str__(self) -> str:
        return f"customer {self.customer_id}"
