"""The reviewed part of the intake: protocol, reading of text, interview, scoring, handoff. Pure, no input or output."""
