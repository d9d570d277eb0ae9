"""Search by keyed index: whole name words and full phone numbers find a handoff without standing in clear."""

from collections.abc import Iterable

import phonenumbers
from sqlalchemy import delete, func, select

from intake.records.keyring import name_words
from intake.records.models import HandoffRow, SearchTermRow
from intake.records.scope import Scope

_MOST_TERMS = 12


class SearchTerms:
    """Write and look up the keyed index of handoffs."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(self, handoff_id: str, *, name: str | None, numbers: Iterable[str]) -> None:
        """Replace the terms of a handoff."""
        wanted = {self._name(word) for word in sorted(name_words(name or ""))[:_MOST_TERMS]}
        wanted |= {self._number(digits) for digits in map(phone_digits, numbers) if digits}
        known = set(self._scope.session.scalars(select(SearchTermRow.term).where(SearchTermRow.handoff_id == handoff_id)))
        if known - wanted:
            self._scope.session.execute(
                delete(SearchTermRow).where(SearchTermRow.handoff_id == handoff_id, SearchTermRow.term.in_(known - wanted))
            )
        self._scope.session.add_all(SearchTermRow(term=term, handoff_id=handoff_id) for term in wanted - known)
        self._scope.session.flush()

    def find(self, text: str, limit: int) -> list[str]:
        """Return ids of handoffs whose reference, number or all of whose name words match."""
        by_reference = select(HandoffRow.id).where(HandoffRow.reference == text.strip().upper())
        found = list(self._scope.session.scalars(by_reference))
        if found:
            return found
        digits = phone_digits(text)
        terms = [self._number(digits)] if digits else [self._name(word) for word in sorted(name_words(text))[:_MOST_TERMS]]
        if not terms:
            return []
        query = (
            select(SearchTermRow.handoff_id)
            .where(SearchTermRow.term.in_(terms))
            .group_by(SearchTermRow.handoff_id)
            .having(func.count() == len(terms))
            .limit(limit)
        )
        return list(self._scope.session.scalars(query))

    def _name(self, word: str) -> str:
        return self._scope.keyring.index("name", word)

    def _number(self, digits: str) -> str:
        return self._scope.keyring.index("number", digits)


def phone_digits(text: str) -> str | None:
    """Return a full number as E.164 (Canadian where no country is said), or None when it is not one."""
    try:
        number = phonenumbers.parse(text, "CA")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
