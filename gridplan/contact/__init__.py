"""The rules of contact: what counts as one, who is due, how far a village is. Pure: days and records in."""
