"""All tables, by concept: intake.py, work.py, staff.py. `Base.metadata` knows every one."""

from intake.records.models.base import Base
from intake.records.models.intake import (
    SYSTEM_KEY,
    AnswerRow,
    ConsentRow,
    ConversationRow,
    DataKeyRow,
    Installation,
    LinkRow,
    MessageRow,
    OptOutRow,
    ReceiptRow,
    RedFlagRow,
)
from intake.records.models.staff import (
    ApiKeyRow,
    AuditEntryRow,
    StaffLinkRow,
    StaffSessionRow,
    StaffUserRow,
)
from intake.records.models.work import (
    DeliveryRow,
    HandoffRow,
    JobRow,
    NoteRow,
    SearchTermRow,
    TallyRow,
)

__all__ = [
    "SYSTEM_KEY",
    "AnswerRow",
    "ApiKeyRow",
    "AuditEntryRow",
    "Base",
    "ConsentRow",
    "ConversationRow",
    "DataKeyRow",
    "DeliveryRow",
    "HandoffRow",
    "Installation",
    "JobRow",
    "LinkRow",
    "MessageRow",
    "NoteRow",
    "OptOutRow",
    "ReceiptRow",
    "RedFlagRow",
    "SearchTermRow",
    "StaffLinkRow",
    "StaffSessionRow",
    "StaffUserRow",
    "TallyRow",
]
