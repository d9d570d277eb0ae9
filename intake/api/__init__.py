"""The HTTP API of the contract: conversations for patients, handoffs for staff, errors as RFC 9457 problem details."""
