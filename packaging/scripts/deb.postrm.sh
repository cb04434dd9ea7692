#!/bin/sh
# nvmf-registry, after removal by dpkg. Entries stay on removal: their owners depend on the controllers with or without
# this package. A purge takes those that nobody can depend on any more, and the directories if that leaves them empty.
set -e

UNIT=nvmf-registry-sweep.service
REGISTRY=/run/nvme/registry

# Removes the entry $1 if its controller is gone. The helper that does this better is gone as well.
# cd first, look second: the shell then stands in the directory of one controller, whoever takes its name later, and
# removes files there and nowhere else.
remove_stale() {
  cd "$REGISTRY/$1" 2>/dev/null || return 0
  if [ -e "/sys/class/nvme/$1" ]; then
    was=$(cat incarnation 2>/dev/null) || return 0
    is=$(stat -L -c %i "/sys/class/nvme/$1" 2>/dev/null) || return 0
    if [ -z "$was" ] || [ "$was" = "$is" ]; then return 0; fi
  fi
  find . -mindepth 1 -maxdepth 1 ! -type d ! -name incarnation -delete
  rm -f incarnation
  cd /
  rmdir "$REGISTRY/$1" 2>/dev/null || true
}

case "${1:-}" in
purge)
  if command -v deb-systemd-helper >/dev/null; then
    deb-systemd-helper purge "$UNIT" >/dev/null || true
  fi
  # Where /sys is not mounted nothing is known about controllers, and every entry counts as needed.
  if [ -z "${DPKG_ROOT:-}" ]; then
    for entry in "$REGISTRY"/nvme[0-9]*; do
      if [ -d /sys/class ] && [ -d "$entry" ] && [ ! -L "$entry" ]; then
        (remove_stale "${entry##*/}") || true
      fi
    done
    # rmdir and nothing stronger: libnvme uses the same directory.
    rmdir "$REGISTRY" 2>/dev/null || true
    rmdir "${REGISTRY%/*}" 2>/dev/null || true
  fi
  ;;
esac

if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
if [ -z "${DPKG_ROOT:-}" ] && [ -S /run/udev/control ] && command -v udevadm >/dev/null; then
  udevadm control --reload || true
fi
