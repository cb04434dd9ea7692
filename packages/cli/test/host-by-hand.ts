import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Files by path below the root; a directory if the path ends with a slash. */
export type Files = Readonly<Record<string, string>>

/** A host as a directory of plain files: no kernel behind it. Gone when the test has ended. */
export function hostByHand(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-host-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    const full = join(root, path)
    mkdirSync(path.endsWith('/') ? full : join(full, '..'), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(full, text)
  }
  return root
}

/** The sysfs files and the node of a controller. */
export function controllerFiles(name: string, attributes: Files): Files {
  const files: Record<string, string> = { [`dev/${name}`]: '' }
  for (const [attribute, text] of Object.entries(attributes)) files[`sys/class/nvme/${name}/${attribute}`] = `${text}\n`
  return files
}

/** Four remote controllers in all conditions, a local one, and what stands beside them. */
export const FIVE: Files = {
  'sys/kernel/uevent_seqnum': '5311\n',
  'sys/class/nvme-subsystem/nvme-subsys0/nvme2/': '',
  'sys/class/nvme/nvme3n1/': '',
  'dev/kmsg': '',
  ...controllerFiles('nvme0', {
    transport: 'pcie',
    address: '0000:01:00.0',
    subsysnqn: 'nqn.2014.08.org.nvmexpress:local',
    state: 'live',
  }),
  ...controllerFiles('nvme2', {
    transport: 'tcp',
    address: 'traddr=192.0.2.1,trsvcid=4420,src_addr=192.0.2.9',
    subsysnqn: 'nqn.2026-01.example:boot',
    state: 'live',
    cntlid: '1',
    cntrltype: 'io',
    delete_controller: '',
  }),
  ...controllerFiles('nvme10', {
    transport: 'tcp',
    address: 'traddr=fe80::1%eth0,trsvcid=8009,host_iface=eth0',
    subsysnqn: 'nqn.2014-08.org.nvmexpress.discovery',
    state: 'live',
    delete_controller: '',
  }),
  ...controllerFiles('nvme11', {
    transport: 'loop',
    address: '',
    subsysnqn: 'nqn.2026-01.example:\u001b[31mred',
    state: 'connecting',
    delete_controller: '',
  }),
  ...controllerFiles('nvme12', {
    transport: 'fc',
    address: 'traddr=nn-0x1:pn-0x2,host_traddr=nn-0x3:pn-0x4',
    subsysnqn: 'nqn.2026-01.example:fc',
    state: 'deleting (no IO)',
    delete_controller: '',
  }),
}
