#!/usr/bin/env bash
# Installs the Debian packages that the tests use and this machine lacks; does nothing when all are there.
# Without root it names them instead: the tests that need one are then skipped, or fail under CI=true.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
while read -r package command _; do
	case $package in '' | '#'*) continue ;; esac
	compgen -G "$command" >/dev/null || command -v "$command" >/dev/null || missing+=("$package")
done <debian-packages.txt
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	echo "These Debian packages are missing, and the tests that use them will not run: ${missing[*]}" >&2
	exit 0
fi
echo "Installing Debian packages for the tests: ${missing[*]}"
# A policy-rc.d that says no keeps a package from starting its server: tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod +x $policy
	trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
