"""What telemetry costs: bare, usual, contrib and lean, on the servers people use."""
