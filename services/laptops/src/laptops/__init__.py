"""The laptops service: a small catalogue on Flask."""
