"""What is printed, filled in and sent round: tick sheets, contact cards, handover lists. Nouns in, bytes out."""
