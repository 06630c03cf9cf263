"""Plans are asked for, compared, staffed and published."""
