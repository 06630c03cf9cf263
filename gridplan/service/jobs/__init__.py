"""Jobs: long work in processes of its own, and its progress."""
