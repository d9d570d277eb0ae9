"""What the store refuses, one class each. Messages name ids and places, never a patient's words."""


class RecordsError(Exception):
    """Base of everything the store raises on purpose."""


class NotFound(RecordsError):
    """No row of that kind has that id (or it was erased)."""


class StaleTurn(RecordsError):
    """The conversation moved on since it was read: another turn was committed first."""


class StaleVersion(RecordsError):
    """The handoff changed since it was read. `current` is its version now."""

    def __init__(self, handoff_id: str, current: int) -> None:
        super().__init__(f"handoff {handoff_id} is at version {current}")
        self.current = current


class BodyDiffers(RecordsError):
    """The same `client_message_id` came with another body (the API answers 422)."""


class Erased(RecordsError):
    """The data key of this conversation was destroyed: what it sealed cannot be read again."""


class Held(RecordsError):
    """A legal hold forbids erasing."""


class KeyFileError(RecordsError):
    """The key file is missing, unreadable, too open, or not the one this database was sealed with."""


class UnknownField(RecordsError):
    """A change names a field that the record does not have."""


class BackupError(RecordsError):
    """A backup or restore could not be made; the message says what to do."""
