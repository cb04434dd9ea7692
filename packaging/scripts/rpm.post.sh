#!/bin/sh
# nvmf-registry, after installation (1) or upgrade (2). May not fail an installation: in a chroot, a container or an image
# build there is neither systemd nor udevd.

UNIT=nvmf-registry-sweep.service

# The registry's directory now, not only from the next boot on.
if command -v systemd-tmpfiles >/dev/null; then
  systemd-tmpfiles --create nvmf-registry.conf || :
fi

# By the presets, at the first installation only: what the administrator has decided since stays so.
if [ "$1" = 1 ] && command -v systemctl >/dev/null; then
  systemctl --no-reload preset "$UNIT" >/dev/null 2>&1 || :
fi

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null || :
fi

# The rule answers for removals to come. Events are never replayed: that would be every device of the host, and a
# "remove" for a controller that is there.
if [ -S /run/udev/control ] && command -v udevadm >/dev/null; then
  udevadm control --reload || :
fi
exit 0
