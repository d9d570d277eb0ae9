"""The ways in which patients reach the intake: the chat on the website and text messages."""
