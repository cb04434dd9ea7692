import { execFile } from 'node:child_process'
import { existsSync, promises as fs, mkdirSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Lab, OpenDevice } from './lab.ts'

const NVMET = '/sys/kernel/config/nvmet'
const TCP = { traddr: '127.0.0.1', trsvcid: '4420' }
const LOOP_PORT = '1'
const TCP_PORT = '2'

/** This machine's own kernel, with nvmet as the target. Needs root, nvme-fabrics, nvme-loop, nvme-tcp and nvmet-tcp. */
export function realLab(): Lab {
  for (const needed of ['/dev/nvme-fabrics', NVMET]) {
    if (!existsSync(needed)) throw new Error(`${needed} is missing: load nvme-fabrics, nvme-loop, nvme-tcp, nvmet-tcp`)
  }
  makePort(LOOP_PORT, { addr_trtype: 'loop' })
  makePort(TCP_PORT, { addr_trtype: 'tcp', addr_adrfam: 'ipv4', addr_traddr: TCP.traddr, addr_trsvcid: TCP.trsvcid })
  return {
    root: '/',
    open: openReal,
    tcp: TCP,
    refused: { traddr: '127.0.0.1', trsvcid: '1' },
    capabilities: { loop: true, tcp: true, unreachable: undefined },
    settle: udevSettle,
    async addSubsystem(nqn) {
      const subsystem = join(NVMET, 'subsystems', nqn)
      mkdirSync(subsystem)
      writeFileSync(join(subsystem, 'attr_allow_any_host'), '1')
      for (const port of [LOOP_PORT, TCP_PORT]) symlinkSync(subsystem, linkOf(port, nqn))
    },
    async removeSubsystem(nqn) {
      for (const port of [LOOP_PORT, TCP_PORT]) unlinkSync(linkOf(port, nqn))
      rmdirSync(join(NVMET, 'subsystems', nqn))
    },
  }
}

const linkOf = (port: string, nqn: string): string => join(NVMET, 'ports', port, 'subsystems', nqn)

function makePort(id: string, attributes: Record<string, string>): void {
  const port = join(NVMET, 'ports', id)
  if (existsSync(port)) return
  mkdirSync(port)
  for (const [name, value] of Object.entries(attributes)) writeFileSync(join(port, name), value)
}

/** udev's workers may have the new node open for a moment, and an open node pins its number. */
async function udevSettle(): Promise<void> {
  if (existsSync('/run/udev/control')) await promisify(execFile)('udevadm', ['settle', '--timeout=30'])
}

const openReal: OpenDevice = async (path, mode) => {
  const handle = await fs.open(
    path,
    { r: fs.constants.O_RDONLY, w: fs.constants.O_WRONLY, 'r+': fs.constants.O_RDWR }[mode],
  )
  let closed: Promise<void> | undefined
  return {
    async write(text) {
      await handle.write(Buffer.from(text))
    },
    async read() {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096)
      return buffer.toString('utf8', 0, bytesRead)
    },
    close: () => (closed ??= handle.close()),
  }
}
