"""RabbitMQ and Consul as ordinary processes of the user who runs them, on loopback."""
