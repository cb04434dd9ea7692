#!/bin/sh
# After removal. $1 is "remove", "purge", "upgrade" … from dpkg, and from rpm the number of versions that stay.
set -e

UNIT=nvmf-registry-sweep.service

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi

if [ "${1:-}" = purge ] && [ -x /usr/bin/deb-systemd-helper ]; then
  deb-systemd-helper purge "$UNIT" >/dev/null || true
fi

# rmdir and nothing stronger: an entry that is there belongs to somebody, and libnvme uses the same directory.
case "${1:-}" in
purge | 0)
  rmdir /run/nvme/registry 2>/dev/null || true
  rmdir /run/nvme 2>/dev/null || true
  ;;
esac
