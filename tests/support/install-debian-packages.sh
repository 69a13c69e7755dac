#!/usr/bin/env bash
# Installs the Debian packages of a list (debian-packages.txt, or the file that is named) that this machine lacks.
# Without root it names them instead: the tests that need one are then skipped, or fail under CI=true.
set -euo pipefail
list=${1:-$(dirname "$0")/debian-packages.txt}

missing=()
while read -r package command _; do
	case $package in '' | '#'*) continue ;; esac
	compgen -G "$command" >/dev/null || command -v "$command" >/dev/null || missing+=("$package")
done <"$list"
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
