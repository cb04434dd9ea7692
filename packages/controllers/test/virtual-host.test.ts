import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVirtualHost, type VirtualHost } from '@nvmf/virtual-host'
import { expect, onTestFinished, test } from 'vitest'
import { openDevice, readInventory } from '../src/index.ts'
import { type Captured, capturedSysfs, parseCaptured } from './captured.ts'

/** What a virtual host has no use for; everything else that it shows is what the kernel shows. */
const LEFT_OUT = ['holders', 'queue', 'device']
/** What differs from host to host: numbers that are given out, and what a target says of itself. */
const OWN = ['dev', 'uuid', 'wwid', 'model', 'serial', 'firmware_rev', 'queue_count']

const AT = 'transport=tcp,traddr=127.0.0.1,trsvcid=4431'
const ID = '5b3ff0c2-0000-4000-8000-000000000001'
const WHO = `hostnqn=nqn.2014-08.org.nvmexpress:uuid:${ID},hostid=${ID}`

/** A virtual host with one target. */
async function boot(): Promise<VirtualHost> {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-scene-'))
  const host = await startVirtualHost({ dir })
  onTestFinished(async () => {
    await host.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  const listeners = [{ transport: 'tcp' as const, traddr: '127.0.0.1', trsvcid: '4431' }]
  host.addSubsystem('nqn.2026-11.io.nvmf.scene:tcp', { listeners })
  return host
}

async function connect(host: VirtualHost, what: string): Promise<void> {
  const device = await openDevice(join(host.root, 'dev/nvme-fabrics'), 'r+')
  await device.write(`${what},${AT},${WHO}`)
  await device.close()
}

function capture(host: VirtualHost): Captured {
  const program = join(import.meta.dirname, 'capture.mjs')
  return parseCaptured(execFileSync(process.execPath, [program, host.root], { encoding: 'utf8' }))
}

/** Every path with what is there, but for inode numbers and what a host has of its own. */
function comparable(tree: Captured): Record<string, unknown> {
  const kept = [...tree].filter(([path]) => !path.split('/').some(name => LEFT_OUT.includes(name)))
  return Object.fromEntries(
    kept.map(([path, node]) => {
      if (node.kind === 'directory') return [path, 'directory']
      if (OWN.includes(path.split('/').at(-1) as string)) return [path, node.kind]
      return [path, node]
    }),
  )
}

test('a virtual host shows what the real kernel showed', async () => {
  const real = parseCaptured(readFileSync(join(import.meta.dirname, 'fixtures/tcp.txt'), 'utf8'))
  const host = await boot()
  await connect(host, 'nqn=nqn.2026-11.io.nvmf.scene:tcp,host_traddr=127.0.0.1,host_iface=lo')
  await connect(host, 'nqn=nqn.2014-08.org.nvmexpress.discovery')
  const shown = comparable(capture(host))
  expect(Object.keys(shown).length).toBeGreaterThan(80)
  expect(shown).toEqual(comparable(real))
})

test('and so it does while a first connect is under way', async () => {
  const host = await boot()
  host.faults.holdConnects()
  const connecting = connect(host, 'nqn=nqn.2026-11.io.nvmf.scene:tcp')
  await host.faults.connectHeld()
  const shown = readInventory({ root: host.root })
  const captured = parseCaptured(readFileSync(join(import.meta.dirname, 'fixtures/half-connected.txt'), 'utf8'))
  const real = readInventory({ sysfs: capturedSysfs(captured) }).controllers[1]
  const names = { name: 'nvme0', instance: 0, incarnation: expect.any(String) }
  const address = { text: 'traddr=127.0.0.1,trsvcid=4431', traddr: '127.0.0.1', trsvcid: '4431' }
  expect(shown).toEqual({ controllers: [{ ...real, ...names, address }], subsystems: [] })
  host.faults.releaseConnects()
  await connecting
})
