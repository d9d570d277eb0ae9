"""The records: the source of truth of one installation, encrypted at rest.

Only the gate, staff actions and the workers write, through this door:

    keyring = Keyring.open("data/keys/intake.key")            # made at the first run, mode 0600
    records = Records("data/intake.db", keyring)              # or "postgresql://user@host/name"
    records.migrate()

    with records.begin() as tx:                               # one transaction: commits, or rolls back on an exception
        conversation, token = tx.conversations.create("web")
        received = tx.messages.receive(conversation.id, client_message_id="1", text="…", channel="web")
    with records.read() as tx:                                # a snapshot, never blocks writers
        answers = tx.answers.current(conversation.id)

It is synchronous: from async code call it in a thread (`anyio.to_thread.run_sync`). One transaction a thread.
Values that come out are frozen dataclasses with opened words; rows of tables never leave the package.

The parts of a transaction (each is one module, its class says the rest):

    tx.conversations  create get(id, lock=) find token_matches new_token by_reference latest_by_address address
                      set_address change(id, expected_turn=, memory=, **fields) inactive count_by_state
    tx.messages       receive(…) -> Received(message, repeat)  say(…, reply_to=)  settle(id, "answered"|"failed")
                      get list(conversation_id, after=) replies(inbound id) last by_client_id unanswered erase_text
    tx.answers        append(conversation_id, {question: answer JSON})  current(conversation_id) with `previous`
    tx.red_flags      record(conversation_id, flag, tier=, state=, evidence=, shown_at=)  list
    tx.consents       record(conversation_id, "yes"|"no"|"withdrawn", notice_version=, channel=)  list
    tx.handoffs       put(conversation_id, contract document, due_at=, location=, …) get of_conversation
                      change(id, expected_version=, **columns) list(Filter, after=, limit=) search unacknowledged
                      changed_since count_open add_note notes
    tx.deliveries     add(kind, destination, payload, …) claim(worker) sent retry dead cancel resend report get list
    tx.jobs           schedule(kind, key, run_at, …) claim(worker) done retry cancel get
    tx.links          issue peek redeem missed · issue_code redeem_code · issued_since
    tx.opt_outs       add lift holds
    tx.audit          record("handoff.read", Actor("staff", id), "handoff", id, **codes)  list csv
    tx.staff_users    create get by_email list change disable set_password · new_totp use_totp remove_totp
                      open_session session touch_session close_session close_sessions · issue_link redeem_link
    tx.api_keys       add check used revoke list
    tx.tallies        count(measure, channel, detail=)  list(since, until)

A whole turn is one commit:

    with records.begin() as tx:
        tx.conversations.change(id, expected_turn=conversation.turn, question="pain.site", state="active", memory={…})
        tx.answers.append(id, {...}); tx.red_flags.record(...); tx.handoffs.put(...); tx.deliveries.add(...)
        tx.messages.say(id, kind="question", text="…", question="pain.site", reply_to=inbound.id)
        tx.messages.settle(inbound.id, "answered")

Records.log_in(email, password) checks a password outside any transaction. Errors are in errors.py.
"""

from intake.records.audit import PATIENT, SYSTEM, Actor, AuditEntry
from intake.records.conversations import ENDED_STATES, Conversation
from intake.records.deliveries import Delivery
from intake.records.errors import (
    BackupError,
    BodyDiffers,
    Erased,
    Held,
    KeyFileError,
    NotFound,
    RecordsError,
    StaleTurn,
    StaleVersion,
    UnknownField,
)
from intake.records.handoffs import Filter, Handoff, Note
from intake.records.jobs import Job
from intake.records.keyring import Keyring
from intake.records.links import Link
from intake.records.messages import Message, Received
from intake.records.passwords import password_hash
from intake.records.red_flags import RedFlag
from intake.records.staff_users import ROLES, StaffError, StaffSession, StaffUser
from intake.records.store import LogIn, Records, Transaction

__all__ = [
    "ENDED_STATES",
    "PATIENT",
    "ROLES",
    "SYSTEM",
    "Actor",
    "AuditEntry",
    "BackupError",
    "BodyDiffers",
    "Conversation",
    "Delivery",
    "Erased",
    "Filter",
    "Handoff",
    "Held",
    "Job",
    "KeyFileError",
    "Keyring",
    "Link",
    "LogIn",
    "Message",
    "NotFound",
    "Note",
    "Received",
    "Records",
    "RecordsError",
    "RedFlag",
    "StaffError",
    "StaffSession",
    "StaffUser",
    "StaleTurn",
    "StaleVersion",
    "Transaction",
    "UnknownField",
    "password_hash",
]
