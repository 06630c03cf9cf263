"""The phone of a member: its token, the list that it keeps, and what it sends once there is signal."""
