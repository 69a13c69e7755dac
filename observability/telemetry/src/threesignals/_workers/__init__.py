"""One `/metrics` for all workers of a server: each leaves its samples, and any adds them up."""
