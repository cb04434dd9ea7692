#!/bin/sh
# nvmf-registry, after removal (0) or the removal of an older version (1).
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null || :
fi
if [ -S /run/udev/control ] && command -v udevadm >/dev/null; then
  udevadm control --reload || :
fi
# rmdir and nothing stronger: an entry that is there belongs to somebody, and libnvme uses the same directory.
if [ "$1" = 0 ]; then
  rmdir /run/nvme/registry 2>/dev/null || :
  rmdir /run/nvme 2>/dev/null || :
fi
exit 0
