"""Numbers kept beside the tickets: the last code of each year, and how many tickets stand where."""

from django.db import models


class YearCounter(models.Model):
    """The last number given to a ticket in a Vietnam year. It only grows, also when tickets are deleted."""

    year = models.IntegerField(primary_key=True)
    last = models.BigIntegerField()

    def __str__(self) -> str:
        return f"TV-{self.year}-{self.last:05}"


class Tally(models.Model):
    """A change of what is counted, by state and type; the sum of all rows is what there is.

    Each write of a ticket adds rows and changes none, so that no two writes wait for each other. A job folds them.
    """

    status = models.CharField(max_length=30)
    type = models.CharField(max_length=30)
    tickets = models.BigIntegerField(db_default=0)
    refund_vnd = models.BigIntegerField(db_default=0)
    credit_vnd = models.BigIntegerField(db_default=0, help_text="Virtual credit given for such tickets.")

    def __str__(self) -> str:
        return f"{self.status} {self.type} {self.tickets:+}"
