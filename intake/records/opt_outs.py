"""Opt-outs: who asked for no more messages, known only by a keyed index of the number."""

from intake.records.models import OptOutRow
from intake.records.scope import Scope


class OptOuts:
    """Add, lift and look up opt-outs. `address` is E.164; it is never stored."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, channel: str, address: str, *, source: str) -> None:
        """Opt a number out (`source`: word, carrier, staff). Doing it twice changes nothing."""
        index = self._scope.keyring.index("address", address)
        if self._scope.session.get(OptOutRow, (channel, index)) is None:
            row = OptOutRow(channel=channel, address_index=index, source=source, at=self._scope.clock())
            self._scope.session.add(row)
            self._scope.session.flush()

    def lift(self, channel: str, address: str) -> None:
        """Opt a number in again."""
        row = self._scope.session.get(OptOutRow, (channel, self._scope.keyring.index("address", address)))
        if row is not None:
            self._scope.session.delete(row)
            self._scope.session.flush()

    def holds(self, channel: str, address: str) -> bool:
        """Did this number opt out?"""
        index = self._scope.keyring.index("address", address)
        return self._scope.session.get(OptOutRow, (channel, index)) is not None
