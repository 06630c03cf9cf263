"""The pages of contact: the desk where sheets are typed in, and what is kept of who calls on whom."""
