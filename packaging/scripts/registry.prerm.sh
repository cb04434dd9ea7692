#!/bin/sh
# Before removal. $1 is "remove" or "upgrade" from dpkg, and from rpm the number of versions that stay: 0 on removal.
# Entries stay as they are: their owners depend on the controllers with or without this package.
set -e

UNIT=nvmf-registry-sweep.service

# dpkg keeps the unit's state until purge, in postrm; rpm has no purge.
if [ "${1:-}" = 0 ] && command -v systemctl >/dev/null 2>&1; then
  systemctl --no-reload disable "$UNIT" >/dev/null 2>&1 || true
fi
