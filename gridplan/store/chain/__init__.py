"""The chain of a town below its villages: branches, linkage, party groups."""
