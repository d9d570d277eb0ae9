"""Tests of the reviewed part: protocol, words, scoring, red flag decisions, handoff."""
