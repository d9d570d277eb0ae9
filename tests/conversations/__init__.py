"""Whole intakes as data, played over HTTP against the running stack."""
