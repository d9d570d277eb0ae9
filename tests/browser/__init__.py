"""The chat page in a real browser (Debian's Chromium) against the running stack."""
