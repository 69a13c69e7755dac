#!/usr/bin/env bash
# Puts a Consul under the lab's cache when none is on PATH, and prints where it is. Needs no root.
#
# Debian 12 has no Consul and newer releases of it are not open source. Debian 11's package
# (1.8.7, MPL-2.0) is one static program that runs on 12: apt fetches it from the mirror this
# machine already uses, checks Debian's signature, and it is unpacked without being installed.
set -euo pipefail

if command -v consul; then exit 0; fi
home=${XDG_CACHE_HOME:-$HOME/.cache}/laptop-lab/consul/1.8.7
if [ -x "$home/consul" ]; then echo "$home/consul" && exit 0; fi

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Codename: bookworm' 'Component: main' 2>/dev/null | head -n 1) || true
if [ -z "$mirror" ] || [ ! -e $keyring ]; then
	echo "Consul is missing and this is not Debian 12; put a consul on PATH. The tests that use it will not run." >&2
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,cache/archives}/partial
cat >"$work/debian.sources" <<END
Types: deb
URIs: $mirror
Suites: bullseye
Components: main
Targets: Packages
Signed-By: $keyring
END
# Its own lists and cache: the machine's own sources stay as they are.
apt=(apt-get -qq -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::sourcelist="$work/debian.sources"
	-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root)
echo "Fetching Consul from Debian 11" >&2
(cd "$work" && "${apt[@]}" update && "${apt[@]}" download consul) >&2
dpkg-deb --extract "$work"/consul_*.deb "$work/root"
mkdir -p "$home"
mv "$work/root/usr/bin/consul" "$home/consul.new" && mv "$home/consul.new" "$home/consul"
echo "$home/consul"
