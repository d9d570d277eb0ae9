"""From the handoff to the clinic's own systems: documents, booking rules and outbox deliveries.

The documents are pure functions over the handoff JSON of the contract (`clinic/handoff.schema.json`);
the deliveries read the outbox rows of `intake.records` and hand them to one adapter a destination.
"""
