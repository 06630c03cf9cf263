"""The algorithms: arrays in, arrays out. No files, no database, no clock; seeds are arguments."""
