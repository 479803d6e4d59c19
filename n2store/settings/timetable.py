"""When which job runs, in Vietnam's time: seconds between two runs, or a clock's hours."""

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    "prune-inbox": {"task": "realtime.tasks.prune_inbox", "schedule": 60 * 60},
    "prune-events": {"task": "realtime.tasks.prune_events", "schedule": 60 * 60},
    "prune-traces": {"task": "proxy.tasks.prune_traces", "schedule": 60 * 60},
    "prune-frames": {"task": "realtime.tasks.prune_frames", "schedule": 60 * 60},
    "link-contacts": {"task": "realtime.tasks.link_contacts", "schedule": 60},
    "watch-silence": {"task": "realtime.tasks.watch_silence", "schedule": 60},
    "watch-jobs": {"task": "n2store.tasks.watch_jobs", "schedule": 5 * 60},
    "tell-alerts": {"task": "proxy.tasks.tell_alerts", "schedule": 60},
    "prune-gateway": {"task": "proxy.tasks.prune_gateway", "schedule": crontab(hour=4, minute=10)},
    "prune-job-runs": {"task": "n2store.tasks.prune_job_runs", "schedule": crontab(hour=4, minute=0)},
    "credit-approved": {"task": "banking.tasks.credit_approved", "schedule": 5 * 60},
    "check-topups": {"task": "banking.tasks.check_topups", "schedule": 5},
    "match-due": {"task": "banking.tasks.match_due", "schedule": 15},
    "retry-failed-deliveries": {"task": "banking.tasks.retry_failed_deliveries", "schedule": 60},
    "check-continuity": {"task": "banking.tasks.check_continuity", "schedule": 30},
    "ask-sepay": {"task": "banking.tasks.ask_sepay", "schedule": 5 * 60},
    "expire-credits": {"task": "wallets.tasks.expire_credits", "schedule": 60 * 60},
    "check-carrier-deadlines": {
        "task": "tickets.tasks.check_carrier_deadlines",
        "schedule": crontab(minute=0, hour="*/6"),
    },
    "tell-overdue-tickets": {"task": "tickets.tasks.tell_overdue_tickets", "schedule": crontab(minute=0, hour=9)},
    "fold-ticket-tally": {"task": "tickets.tasks.fold_tally", "schedule": 5 * 60},
    "settle-ticket-queue": {"task": "tickets.tasks.settle_queue", "schedule": 60},
    "sync-orders": {"task": "customers.tasks.sync_orders", "schedule": 5 * 60},
    "detect-fraud": {"task": "customers.tasks.detect_fraud", "schedule": crontab(hour=2, minute=0)},
    "recalculate-rfm": {"task": "customers.tasks.recalculate_rfm", "schedule": crontab(hour=3, minute=0)},
    "fill-from-tpos": {"task": "customers.tasks.fill_from_tpos", "schedule": 60},
    "process-pending-withdrawals": {"task": "wallets.tasks.process_pending_withdrawals", "schedule": 5 * 60},
    "verify-ledger": {"task": "wallets.tasks.verify_ledger", "schedule": 24 * 60 * 60},
}
