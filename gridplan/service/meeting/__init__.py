"""The material of meetings: snapshots, packs of forms that are made again with one press, and their downloads."""
