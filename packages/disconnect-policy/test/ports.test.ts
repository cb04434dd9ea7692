import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDevice } from '@nvmf/controllers'
import { Announcements, Registry } from '@nvmf/registry-core'
import { expect, onTestFinished, test } from 'vitest'
import { executePorts, readHost } from '../src/index.ts'

function newRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-ports-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'sys/class/nvme/nvme1'), { recursive: true })
  return root
}

test('what another process announces is seen; what the caller declares itself is not', async () => {
  const root = newRoot()
  const announcements = new Announcements({ root })
  const connecting = await announcements.connecting({ owner: 'stas' })
  const other = await announcements.leaving(new Map([['nvme2', '7']]))
  const ports = executePorts({ root, openDevice, registry: new Registry({ root }) })
  const declared = await ports.declare(new Map([['nvme1', '5']]))
  expect(declared.others()).toEqual({ connecting: [{ owner: 'stas' }], leaving: [new Map([['nvme2', '7']])] })
  const { announced } = await readHost({ root, registry: new Registry({ root }) })
  expect(announced.connecting).toEqual([{ owner: 'stas' }])
  expect(announced.leaving).toHaveLength(2)
  declared.withdraw()
  other.withdraw()
  connecting.withdraw()
  expect((await readHost({ root, registry: new Registry({ root }) })).announced).toEqual({
    connecting: [],
    leaving: [],
  })
})

test('announcements that cannot be read may be about any controller', async () => {
  const root = newRoot()
  const ports = executePorts({ root, openDevice, registry: new Registry({ root }) })
  const declared = await ports.declare(new Map([['nvme1', '5']]))
  const place = join(root, 'run/nvme/registry/.announced')
  rmSync(place, { recursive: true })
  writeFileSync(place, '')
  const everything = { connecting: [undefined], leaving: [undefined] }
  expect(declared.others()).toEqual(everything)
  expect((await readHost({ root, registry: new Registry({ root }) })).announced).toEqual(everything)
  declared.withdraw()
})
