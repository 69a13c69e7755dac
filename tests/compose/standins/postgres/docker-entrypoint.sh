#!/bin/bash
# What the official image's entrypoint does of POSTGRES_USER, POSTGRES_PASSWORD, PGDATA and docker-entrypoint-initdb.d.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	mkdir -p "$PGDATA"
	chmod 700 "$PGDATA"
	initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --encoding=UTF8
	printf '%s\n' "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
	printf '%s\n' 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	pg_ctl --wait --options="-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql" start
	for file in /docker-entrypoint-initdb.d/*.sql; do
		psql --host=/var/run/postgresql --username="$POSTGRES_USER" --dbname=postgres --set=ON_ERROR_STOP=1 --file="$file"
	done
	pg_ctl --wait --mode=fast stop
fi
exec "$@" -c unix_socket_directories=/var/run/postgresql
