"""Members to grids: leads, deputies, and what each choice costs."""
