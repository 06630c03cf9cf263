"""Lists are uploaded, previewed, corrected and applied."""
