"""The website chat: the page at ``/``, the script ``/embed.js`` and their files.

The page is an ordinary client of the public API; nothing here reads or writes a conversation.
"""
