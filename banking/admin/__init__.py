"""What banks told us, for staff: transfers with what became of them, and the books around them."""

from banking.admin.codes import KnownPayerAdmin, QrCodeAdmin
from banking.admin.deliveries import DeliveryAdmin, FailedDeliveryAdmin, RefusalAdmin
from banking.admin.incidents import IncidentAdmin
from banking.admin.topups import PayosDeliveryAdmin, TopupAdmin
from banking.admin.transfers import BankTransferAdmin

__all__ = [
    "BankTransferAdmin",
    "DeliveryAdmin",
    "FailedDeliveryAdmin",
    "IncidentAdmin",
    "KnownPayerAdmin",
    "PayosDeliveryAdmin",
    "QrCodeAdmin",
    "RefusalAdmin",
    "TopupAdmin",
]
