"""Long work in processes of its own, and how far it is."""
