"""The pages of coverage: how far contact reaches, what people asked for, the chain from the town to its households."""
