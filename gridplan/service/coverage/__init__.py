"""How far contact reaches: its figures and sentences, and what maps show of it."""
