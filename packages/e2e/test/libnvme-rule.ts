import type { Guest } from '@nvmf/e2e'
import { REGISTRY } from './installed.ts'

/** What libnvme 3's rule does, in its own order: keep if the node is back, keep if the entry is newer, else delete. */
const RULE = `ACTION=="remove", SUBSYSTEM=="nvme", KERNEL=="nvme[0-9]*", RUN+="/bin/sh -c '[ -e /dev/%k ] || \
[ $env{SEQNUM} -le $$(cat ${REGISTRY}/%k/seqnum 2>/dev/null || echo 0) ] || rm -rf ${REGISTRY}/%k'"`

/** Puts it beside ours, under a name that says which of the two udevd comes to first. */
export const installLibnvmeRule = (guest: Guest, file: string): Promise<string> =>
  guest.sh(`cat >/etc/udev/rules.d/${file} <<'EOF'\n${RULE}\nEOF\nudevadm control --reload`)
