"""Texts that were acknowledged before anybody looked at them: kept, sealed, until their turn comes, also over a crash.

A text waits when another one of the same phone is slow, or when the dialogue is slow to open a conversation. The gate stores
a message only when its turn comes; until then this row is all there is of it.
"""

from intake.channels.sms.connector import InboundText, Media
from intake.records.store import Transaction

KIND = "sms_held"


def hold(tx: Transaction, text: InboundText) -> None:
    """Keep a text for its turn; again for the same text changes nothing."""
    payload = {
        "sender": text.sender, "to": text.to, "body": text.body, "opt_out": text.opt_out,
        "media": [[m.url, m.content_type] for m in text.media],
    }  # fmt: skip
    tx.deliveries.add(KIND, "gate", payload, idempotency_id=_name(text.id))


def held(tx: Transaction, sid: str) -> InboundText | None:
    """The text that waits under this id, None when it has had its turn or was never kept."""
    row = tx.deliveries.find(idempotency_id=_name(sid))
    if row is None or row.state != "pending" or not row.payload:
        return None
    kept = row.payload
    media = tuple(Media(url, content_type) for url, content_type in kept["media"])
    return InboundText(sid, kept["sender"], kept["to"], kept["body"], media, kept["opt_out"])


def let_go(tx: Transaction, sid: str) -> None:
    """It has had its turn: forget its words here."""
    row = tx.deliveries.find(idempotency_id=_name(sid))
    if row is not None and row.state == "pending":
        tx.deliveries.forget(row.id)


def _name(sid: str) -> str:
    return f"held:{sid}"
