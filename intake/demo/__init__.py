"""`make demo`: a believable clinic to look at, made by playing conversations through the real service. Nobody in it is real."""
