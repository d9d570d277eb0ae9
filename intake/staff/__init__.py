"""The staff side: log-in with a second factor, the inbox, the handoff page. Server-rendered, works on a phone."""
