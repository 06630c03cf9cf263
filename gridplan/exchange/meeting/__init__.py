"""The material of meetings: what it is made of, and a writer for each form of it."""
