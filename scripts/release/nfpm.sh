#!/bin/sh
# Fetches the nfpm that releases are built with into the folder $1, and checks that it is the one.
set -eu
VERSION=2.43.4
SHA256=cafb544650cb0305d1b164fc0ab261eb77a81af324e18011282d326b326d20fb

mkdir -p "$1"
archive=$(mktemp)
trap 'rm -f "$archive"' EXIT
curl -fsSL -o "$archive" \
  "https://github.com/goreleaser/nfpm/releases/download/v$VERSION/nfpm_${VERSION}_Linux_x86_64.tar.gz"
echo "$SHA256  $archive" | sha256sum --check --quiet
tar -xzf "$archive" -C "$1" nfpm
