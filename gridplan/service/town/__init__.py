"""What the town looks like: map, pages, search, home page."""
