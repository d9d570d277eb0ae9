"""The interview: from what is known to the next question. Pure; one call is one turn of one conversation.

`take_turn(protocol, state, inbound, reading)` applies what the patient said and decides what is asked next.
"""

from clinic.interview.state import Inbound, Say, State, Turn
from clinic.interview.turn import open_interview, take_turn

__all__ = ["Inbound", "Say", "State", "Turn", "open_interview", "take_turn"]
