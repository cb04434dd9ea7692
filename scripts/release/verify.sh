#!/bin/sh
# Every file of a release is listed in its SHA256SUMS and is what it says. $1: the folder, dist/release unless told.
set -eu
cd "${1:-$(dirname "$0")/../../dist/release}"
sha256sum --check --strict --quiet SHA256SUMS
listed=$(cut -c 67- SHA256SUMS | sort)
here=$(find . -type f ! -name SHA256SUMS | cut -c 3- | sort)
if [ "$listed" != "$here" ]; then
  echo "release: SHA256SUMS does not list what is here" >&2
  exit 1
fi
