"""The rules of contact: what counts as one, who is due, how a village stands. Pure: records in, answers out."""
