-- One database for each service: neither reads the other's tables.
CREATE DATABASE laptops;
CREATE DATABASE port;
