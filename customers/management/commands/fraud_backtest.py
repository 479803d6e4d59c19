"""`manage.py fraud_backtest --rule return_rate --from 2026-01-01 --to 2026-12-31`: who would have been hit."""

import json
from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.fraud.config import thresholds_named
from customers.fraud.engine import Hit, backtest
from customers.fraud.return_rate import RETURN_RATE
from customers.fraud.rules import Rule, rule_named
from customers.models import ConfigStatus, FraudConfig
from customers.orders.reading import YEAR_MIN
from n2store.clock import VIETNAM, vietnam_day
from n2store.errors import DomainError
from n2store.wire import instant

SHOWN_MAX = 100
FIRST_DAY = date(YEAR_MIN, 1, 1)
"""There is no order of before; nor is anything known of tomorrow."""


class Command(BaseCommand):
    """With the thresholds that count, or others; each night is judged by what was known that night."""

    help = "Tell who would have been hit by a rule in a period, and when. Nothing is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the rule, its thresholds and the days."""
        parser.add_argument("--rule", required=True, help="return_rate, wallet_abuse, self_dealing …")
        parser.add_argument(
            "--config", default=ConfigStatus.ACTIVE.value, help='a version such as "3", or "draft" for the newest draft'
        )
        parser.add_argument("--from", required=True, dest="first", help="first day in Vietnam, such as 2026-01-01")
        parser.add_argument("--to", required=True, dest="last", help="last day, included")
        parser.add_argument("--json", action="store_true", help="one JSON object, with everybody")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the hits."""
        try:
            rule = rule_named(options["rule"])
            config = thresholds_named(rule, options["config"])
        except DomainError as error:
            raise CommandError(f"{error}.") from error
        now = timezone.now()
        since = _midnight(max(_day(options["first"]), FIRST_DAY))
        until = min(_midnight(min(_day(options["last"]), vietnam_day(now)) + timedelta(days=1)), now)
        if since >= until:
            raise CommandError("The period is empty.")
        hits = backtest(rule, config, since=since, until=until)
        if options["json"]:
            self.stdout.write(json.dumps(_plain(rule, config, hits), ensure_ascii=False))
            return
        self.stdout.write(
            f"{rule.name} v{config.version} ({config.status}) {config.thresholds}: {len(hits):,} customers"
        )
        for hit in hits[:SHOWN_MAX]:
            at = hit.at.astimezone(VIETNAM)
            self.stdout.write(
                f"  {at:%Y-%m-%d %H:%M}  {hit.phone}  {hit.name}  x{hit.times}  {json.dumps(hit.evidence)}"
            )
        if len(hits) > SHOWN_MAX:
            self.stdout.write(f"  … and {len(hits) - SHOWN_MAX:,} more")
        if rule is RETURN_RATE and config.thresholds["min_orders"] > 1:
            seeds = FraudConfig(rule=rule.name, version=0, thresholds=config.thresholds | {"min_orders": 1})
            count = len(backtest(rule, seeds, since=since, until=until))
            self.stdout.write(f"  With min_orders 1, as in the seed, it would be {count:,}.")


def _plain(rule: Rule, config: FraudConfig, hits: list[Hit]) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "config": config.version,
        "thresholds": config.thresholds,
        "customers": len(hits),
        "hits": [
            {
                "customer_id": hit.customer_id, "phone": hit.phone, "name": hit.name, "at": instant(hit.at),
                "times": hit.times, "evidence": hit.evidence,
            }
            for hit in hits
        ],
    }  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=VIETNAM)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no day such as 2026-01-31.") from error
