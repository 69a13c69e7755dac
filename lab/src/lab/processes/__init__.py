"""What lies on this machine: files, ports, and processes under process-compose."""
