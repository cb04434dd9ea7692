#!/bin/sh
# After installation or upgrade. $1 is "configure" from dpkg and the number of installed versions from rpm.
# Nothing here may fail an installation: in a chroot, a container or an image build there is no systemd and no udevd.
set -e

UNIT=nvmf-registry-sweep.service

case "${1:-}" in
abort-* | triggered) exit 0 ;;
esac

# The registry's directory now, not only from the next boot on.
if command -v systemd-tmpfiles >/dev/null 2>&1; then
  systemd-tmpfiles --create nvmf-registry.conf || true
fi

# A unit that the administrator has disabled stays so across upgrades; a first installation follows the presets.
if [ -x /usr/bin/deb-systemd-helper ]; then
  deb-systemd-helper unmask "$UNIT" >/dev/null || true
  if deb-systemd-helper --quiet was-enabled "$UNIT"; then
    deb-systemd-helper enable "$UNIT" >/dev/null || true
  else
    deb-systemd-helper update-state "$UNIT" >/dev/null || true
  fi
elif [ "${1:-}" = 1 ] && command -v systemctl >/dev/null 2>&1; then
  systemctl --no-reload preset "$UNIT" >/dev/null 2>&1 || true
fi

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi

# The rule answers for removals to come. Never `udevadm trigger`: it would replay events of every device on the host,
# and a "remove" must not be replayed for a controller that is there.
if [ -S /run/udev/control ] && command -v udevadm >/dev/null 2>&1; then
  udevadm control --reload || true
fi
