import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVirtualHost } from '@nvmf/virtual-host'
import { expect, onTestFinished, test } from 'vitest'
import { openDevice } from '../src/index.ts'
import { type Captured, parseCaptured } from './captured.ts'

/** What a virtual host has no use for; everything else that it shows is what the kernel shows. */
const LEFT_OUT = ['holders', 'queue', 'device']
/** What differs from host to host: numbers that are given out, and what a target says of itself. */
const OWN = ['dev', 'uuid', 'wwid', 'model', 'serial', 'firmware_rev', 'queue_count']

/** The tree of a virtual host on which the scene `tcp` was played. */
async function virtualScene(): Promise<Captured> {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-scene-'))
  const host = await startVirtualHost({ dir })
  onTestFinished(async () => {
    await host.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  const listeners = [{ transport: 'tcp' as const, traddr: '127.0.0.1', trsvcid: '4431' }]
  host.addSubsystem('nqn.2026-11.io.nvmf.scene:tcp', { listeners })
  const at = 'transport=tcp,traddr=127.0.0.1,trsvcid=4431'
  const id = '5b3ff0c2-0000-4000-8000-000000000001'
  const who = `hostnqn=nqn.2014-08.org.nvmexpress:uuid:${id},hostid=${id}`
  for (const what of [
    `nqn=nqn.2026-11.io.nvmf.scene:tcp,${at},host_traddr=127.0.0.1,host_iface=lo`,
    `nqn=nqn.2014-08.org.nvmexpress.discovery,${at}`,
  ]) {
    const device = await openDevice(join(host.root, 'dev/nvme-fabrics'), 'r+')
    await device.write(`${what},${who}`)
    await device.close()
  }
  const capture = join(import.meta.dirname, 'capture.mjs')
  return parseCaptured(execFileSync(process.execPath, [capture, host.root], { encoding: 'utf8' }))
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
  const shown = comparable(await virtualScene())
  expect(Object.keys(shown).length).toBeGreaterThan(80)
  expect(shown).toEqual(comparable(real))
})
