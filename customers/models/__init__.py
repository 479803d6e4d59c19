"""The tables of customers, by what they are for."""

from customers.models.fraud import (
    STANDING,
    CaseStatus,
    FraudCase,
    FraudConfig,
    FraudMute,
    FraudWatch,
    Severity,
)
from customers.models.history import Activity, ActivityType, Note, NoteCategory, Recency
from customers.models.orders import END_OF, PURCHASED, Order, OrderFeed, OrderSource, OrderStats, OrderStatus
from customers.models.people import Customer, CustomerQuerySet, Folded, Origin, Status, Tier
from customers.models.rfm import (
    ConfigStatus,
    Metric,
    RfmBand,
    RfmConfig,
    RfmScore,
    RfmShare,
    TierCause,
    TierChange,
)

__all__ = [
    "END_OF",
    "PURCHASED",
    "STANDING",
    "Activity",
    "ActivityType",
    "CaseStatus",
    "ConfigStatus",
    "Customer",
    "CustomerQuerySet",
    "Folded",
    "FraudCase",
    "FraudConfig",
    "FraudMute",
    "FraudWatch",
    "Metric",
    "Note",
    "NoteCategory",
    "Order",
    "OrderFeed",
    "OrderSource",
    "OrderStats",
    "OrderStatus",
    "Origin",
    "Recency",
    "RfmBand",
    "RfmConfig",
    "RfmScore",
    "RfmShare",
    "Severity",
    "Status",
    "Tier",
    "TierCause",
    "TierChange",
]
