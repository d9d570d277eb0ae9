"""Export: all that is held about one conversation, as JSON in a zip, for the person it is about."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from intake.records.audit import Audit
from intake.records.conversations import Conversations
from intake.records.handoffs import iso
from intake.records.personal_data import KINDS
from intake.records.scope import Scope

FORMAT = "ims-intake/export/1"


class Export:
    """Collect what is held about one conversation."""

    def __init__(self, scope: Scope, conversations: Conversations) -> None:
        self._scope = scope
        self._conversations = conversations

    def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Return everything held, opened: the conversation, each kind of data, and who read it when.

        Raises NotFound. The caller audits the export.
        """
        value = self._conversations.get(conversation_id)
        held: dict[str, Any] = {
            kind.plural: kind.export(self._scope, conversation_id) for kind in KINDS if kind.shown is not None
        }
        handoff_ids = {handoff["id"] for handoff in held["handoffs"]}
        accesses = [
            {"at": iso(entry.at), "action": entry.action, "by": entry.actor.kind, "id": entry.actor.id}
            for subject in (conversation_id, *sorted(handoff_ids))
            for entry in Audit(self._scope).list(subject_id=subject, limit=10_000)
        ]
        return {
            "schema": FORMAT,
            "made_at": iso(self._scope.clock()),
            "conversation": {
                "id": value.id,
                "reference": value.reference,
                "state": value.state,
                "channel": value.channel,
                "address": self._conversations.address(conversation_id),
                "language": value.language,
                "for_whom": value.for_whom,
                "protocol_version": value.protocol_version,
                "rules_version": value.rules_version,
                "created_at": iso(value.created_at),
                "active_at": iso(value.active_at),
            },
            **held,
            "accesses": sorted(accesses, key=lambda access: str(access["at"])),
        }

    def zip(self, conversation_id: str, extra: Mapping[str, bytes] | None = None) -> bytes:
        """Return a zip of `intake.json` and the given files (a PDF of the handoff)."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            text = json.dumps(self.conversation(conversation_id), ensure_ascii=False, indent=2)
            archive.writestr("intake.json", text)
            for name, content in (extra or {}).items():
                archive.writestr(name, content)
        return stream.getvalue()
