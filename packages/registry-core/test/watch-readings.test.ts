import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { around, type FakeHost } from './host.ts'
import { over, owning, watching } from './watching.ts'

/** A watch that has told of nvme0 and nvme1, and the directories that it opens from then on. */
async function reading() {
  const host = owning('nvme0', 'nvme1')
  const opened: string[] = []
  const sys = around(nodeSys(), (op, args, call) => {
    if (op === 'openDir') opened.push(String(args[0]).replace(host.path(), 'registry'))
    return call()
  })
  const { news } = await watching(host, 2, over(host, sys))
  opened.length = 0
  return { host, news, opened }
}

test.each<[string, (host: FakeHost) => void]>([
  ['nothing else', () => {}],
  ['an attribute', host => host.registry.update('nvme1', 'note', 'x')],
  ['what is made beside the registry', host => mkdirSync(join(host.root, 'run/nvme/other'))],
  ['what is made beside its parents', host => mkdirSync(join(host.root, 'run/other'))],
  ['what is made in the root', host => mkdirSync(join(host.root, 'other'))],
  ['what is made in the registry and is no entry', host => mkdirSync(host.path('.other'))],
])("a device's change is one reading of that device: %s makes no other", async (_, happen) => {
  const { host, news, opened } = await reading()
  happen(host)
  // Told behind whatever went before: all the watches of a process have one queue.
  host.registry.release('nvme0')
  expect(await news()).toMatchObject({ device: 'nvme0', ownership: { state: 'unowned' } })
  expect(opened).toEqual(['registry/nvme0'])
})

test('what was read is not read again with the next change', async () => {
  const { host, news, opened } = await reading()
  for (const device of ['nvme0', 'nvme1']) {
    host.registry.release(device)
    await news()
  }
  expect(opened).toEqual(['registry/nvme0', 'registry/nvme1'])
})
