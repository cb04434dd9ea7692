#!/bin/sh
# nvmf-registry, after removal by dpkg. Entries stay on removal: their owners depend on the controllers with or without
# this package. A purge takes those that nobody can depend on any more, and the directories if that leaves them empty.
set -e

UNIT=nvmf-registry-sweep.service
REGISTRY=/run/nvme/registry
NEWLINE='
'
# Bytes are characters, in patterns too.
export LC_ALL=C

# Is $1 the name of an entry: nvme and a number up to 2^31-1 without a leading zero?
is_entry() {
  number=${1#nvme}
  case $number in
  *[!0-9]* | 0?* | ???????????*) return 1 ;;
  esac
  [ "$number" -le 2147483647 ]
}

# Is the directory that the shell stands in certainly not for the controller $1 that is there now? What cannot be read
# answers no, and so does an incarnation that is not a number on one line. A link that says "condemned" is a cleaner's mark.
is_of_another() {
  if [ -L incarnation ]; then
    [ "$(readlink incarnation)" = condemned ]
    return
  fi
  # A FIFO would be waited for.
  [ -f incarnation ] || return 1
  was=$(head -c 32 incarnation 2>/dev/null | tr '\000' '?' && echo .)
  was=${was%.}
  was=${was%"$NEWLINE"}
  case $was in
  '' | 0* | *[!0-9]* | ?????????????????????*) return 1 ;;
  esac
  is=$(stat -L -c %i "/sys/class/nvme/$1/" 2>/dev/null) || return 1
  [ "$was" != "$is" ]
}

# Removes the entry $1 if its controller is gone. The helper that does this better is gone as well.
# cd first, look second: the shell then stands in the directory of one controller, whoever takes its name later, and
# removes files there and nowhere else.
remove_stale() {
  cd "$REGISTRY/$1" 2>/dev/null || return 0
  if [ -e "/sys/class/nvme/$1" ] || [ -L "/sys/class/nvme/$1" ]; then
    is_of_another "$1" || return 0
  elif [ ! -e incarnation ] && [ ! -L incarnation ] && [ -n "$(ls -A)" ]; then
    # A claimer of the number's next controller must not take it for its own.
    ln -s condemned incarnation 2>/dev/null || return 0
  fi
  find . -mindepth 1 -maxdepth 1 ! -type d ! -name incarnation -delete
  # Whatever stays says by its incarnation whose it was.
  [ -z "$(find . -mindepth 1 -maxdepth 1 ! -name incarnation)" ] || return 0
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
  if [ -z "${DPKG_ROOT:-}" ] && [ ! -L "$REGISTRY" ]; then
    for entry in "$REGISTRY"/nvme[0-9]*; do
      if [ -d /sys/class ] && [ -d "$entry" ] && [ ! -L "$entry" ] && is_entry "${entry##*/}"; then
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
