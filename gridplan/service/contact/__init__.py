"""Contact as people work with it: visits recorded and amended, sheets, the list of who is due, what is reported."""
