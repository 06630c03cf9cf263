"""The demo town in its service: a redraw, and what is entered while the weeks go by, carried on at each start."""
