"""The chain from the town to the household and its gaps; leaders and instructors linked to villages and branches."""
