"""The application: gate, channels, records, staff pages and handoff of one clinic's intake."""
