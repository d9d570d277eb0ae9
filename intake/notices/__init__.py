"""What staff are told outside the inbox: alerts of emergencies, invitations and resets; and patients, that a message waits."""
