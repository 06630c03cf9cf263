"""The lists of a town: from the bytes of a file to rows, and from rows to households and villages."""
