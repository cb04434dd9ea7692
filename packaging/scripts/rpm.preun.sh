#!/bin/sh
# nvmf-registry, before removal (0) or the removal of an older version (1). Entries stay as they are: their owners depend
# on the controllers with or without this package.
if [ "$1" = 0 ] && command -v systemctl >/dev/null; then
  systemctl --no-reload disable nvmf-registry-sweep.service >/dev/null 2>&1 || :
fi
exit 0
