#!/bin/sh
# nvmf-registry, after installation or upgrade by dpkg. May run any number of times, and may not fail an installation:
# in a chroot, a container or an image build there is neither systemd nor udevd.
set -e

UNIT=nvmf-registry-sweep.service

case "${1:-}" in
configure | abort-upgrade | abort-deconfigure | abort-remove) ;;
*) exit 0 ;;
esac

# The registry's directory now, not only from the next boot on.
if command -v systemd-tmpfiles >/dev/null; then
  systemd-tmpfiles ${DPKG_ROOT:+--root="$DPKG_ROOT"} --create nvmf-registry.conf || true
fi

# Enabled at the first installation; what the administrator has disabled since stays so.
if command -v deb-systemd-helper >/dev/null; then
  deb-systemd-helper unmask "$UNIT" >/dev/null || true
  if deb-systemd-helper --quiet was-enabled "$UNIT"; then
    deb-systemd-helper enable "$UNIT" >/dev/null || true
  else
    deb-systemd-helper update-state "$UNIT" >/dev/null || true
  fi
fi

if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi

# The rule answers for removals to come. Events are never replayed: that would be every device of the host, and a
# "remove" for a controller that is there.
if [ -z "${DPKG_ROOT:-}" ] && [ -S /run/udev/control ] && command -v udevadm >/dev/null; then
  udevadm control --reload || true
fi
