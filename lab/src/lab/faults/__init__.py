"""Break something on purpose, see it in every signal, and mend it."""
