"""Villages, households, members and what lies on the land."""
