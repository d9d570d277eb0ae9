"""Text messages: the same intake over a carrier, behind a small connector (docs/connectors.md)."""
