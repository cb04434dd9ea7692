import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Announcements, RegistryError } from '../src/index.ts'
import { announcing, kill, ownersAnnounced } from './announcing-processes.ts'
import { fifo } from './host.ts'

function newRoot(below = ''): string {
  const base = mkdtempSync(join(tmpdir(), 'nvmf-announced-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const root = join(base, below)
  mkdirSync(root, { recursive: true })
  return root
}
const placeOf = (root: string): string => join(root, 'run/nvme/registry/.announced')
const namesIn = (root: string): string[] => readdirSync(placeOf(root))

/** A thing in the place of an announcement, by hand. */
function byHand(root: string, name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(placeOf(root), name)
  mkdirSync(dir, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text)
  return dir
}

/** The same with a socket that listens. */
async function listening(root: string, name: string, files: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer(socket => socket.destroy())
  const dir = byHand(root, name, files)
  await new Promise<void>(resolve => server.listen(join(dir, 'alive'), resolve))
  onTestFinished(() => void server.close())
  return server
}

describe('an announcement', () => {
  test('is seen by others with all that it says, not by its own, and not when it is withdrawn', async () => {
    const root = newRoot()
    const [ours, others] = [new Announcements({ root }), new Announcements({ root })]
    const what = {
      owner: 'stas = 1',
      transport: 'tcp',
      traddr: '192.0.2.1',
      trsvcid: '4420',
      hostTraddr: '192.0.2.9',
      hostIface: 'eth0',
      nqn: 'nqn.x',
      hostnqn: 'nqn.h',
    }
    const own = await ours.connecting(what)
    const incarnations = new Map([
      ['nvme1', '15870'],
      ['nvme10', '18446744073709551615'],
    ])
    const leaving = await ours.leaving(incarnations)
    await others.probe()
    expect(others.announced()).toEqual({ connecting: [what], leaving: [incarnations] })
    expect(ours.announced(own)).toEqual({ connecting: [], leaving: [incarnations] })
    expect(ours.announced(own, leaving)).toEqual({ connecting: [], leaving: [] })
    own.withdraw()
    own.withdraw()
    expect(others.announced()).toEqual({ connecting: [], leaving: [incarnations] })
    leaving.withdraw()
    expect(others.announced()).toEqual({ connecting: [], leaving: [] })
    expect(existsSync(placeOf(root))).toBe(false)
  })

  test('can be read by every user, whatever the umask', async () => {
    const root = newRoot()
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    const own = await new Announcements({ root }).connecting({ owner: 'stas' })
    const modeOf = (path: string): number => statSync(join(placeOf(root), path)).mode & 0o777
    expect([modeOf(''), modeOf(own.name), modeOf(`${own.name}/what`)]).toEqual([0o755, 0o755, 0o644])
    own.withdraw()
  })

  test('that was made after the probe counts, without being asked', async () => {
    const root = newRoot()
    const others = new Announcements({ root })
    await others.probe()
    const own = await new Announcements({ root }).connecting({ owner: 'stas' })
    expect(others.announced().connecting).toEqual([{ owner: 'stas' }])
    own.withdraw()
  })

  test('keeps no process from ending', () => {
    const root = newRoot()
    const program = `import { Announcements } from '${new URL('../src/index.ts', import.meta.url).href}'
      await new Announcements({ root: ${JSON.stringify(root)} }).connecting({ owner: 'stas' })`
    execFileSync(process.execPath, ['--conditions=@nvmf/source', '--input-type=module', '-e', program])
    expect(namesIn(root)).toHaveLength(1)
  })

  test('a text that cannot be one is refused, and nothing is left', async () => {
    const root = newRoot()
    const announcements = new Announcements({ root })
    await expect(announcements.connecting({ owner: 'a\nb' })).rejects.toMatchObject({ code: 'bad-value' })
    const many = new Map(Array.from({ length: 70_000 }, (_, i) => [`nvme${i}`, '4294967296']))
    await expect(announcements.leaving(many)).rejects.toMatchObject({ code: 'bad-value' })
    expect(readdirSync(root)).toEqual([])
  })

  test.each(['run/nvme/registry', 'run/nvme/registry/.announced'])(
    'with a file in the place of %s: damaged',
    async path => {
      const root = newRoot()
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), '')
      const error = await new Announcements({ root }).connecting({ owner: 'stas' }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(RegistryError)
      expect(error).toMatchObject({ code: 'damaged', message: `${join(root, path)} is not a directory` })
    },
  )
})

describe('ends with its process', () => {
  test('that is killed; what it leaves is named, and removed by a cleaner', async () => {
    const root = newRoot()
    const others = new Announcements({ root })
    const child = await announcing(root, 'stas')
    expect(await ownersAnnounced(others)).toEqual(['stas'])
    expect(await others.leftovers()).toEqual([])
    await kill(child)
    expect(await ownersAnnounced(others)).toEqual([])
    expect(await others.leftovers()).toEqual(namesIn(root))
    expect(await others.clear()).toHaveLength(1)
    expect(existsSync(placeOf(root))).toBe(false)
  })

  test('and is removed by the next process that announces', async () => {
    const root = newRoot()
    await kill(await announcing(root, 'stas'))
    const own = await new Announcements({ root }).connecting({ owner: 'nbft' })
    expect(namesIn(root)).toEqual([own.name])
    own.withdraw()
  })

  test('not while that is stopped, however often it is asked', async () => {
    const root = newRoot()
    const others = new Announcements({ root })
    const child = await announcing(root, 'stas')
    process.kill(child.pid as number, 'SIGSTOP')
    // More than its queue holds: from then on connect(2) gives EAGAIN.
    for (let round = 0; round < 600; round++) await others.probe()
    expect(await ownersAnnounced(others)).toEqual(['stas'])
    expect(await others.clear()).toEqual([])
  })

  test('also if a thread of it is in a system call, and below a root that is longer than a socket’s address', async () => {
    const root = newRoot(Array.from({ length: 3 }, () => 'x'.repeat(100)).join('/'))
    const others = new Announcements({ root })
    fifo(join(root, 'fifo'))
    const child = await announcing(root, 'stas', { more: [join(root, 'fifo')] })
    expect(await ownersAnnounced(others)).toEqual(['stas'])
    await kill(child)
    expect(await ownersAnnounced(others)).toEqual([])
  })
})

describe('what is no announcement, or not a whole one', () => {
  const WHAT = { what: 'owner=stas\n' }

  test.each([
    ['of a former boot: no socket listens', 'connecting.1-2-3-a', { ...WHAT, alive: '' }],
    ['without a socket', 'leaving.1-2-3-a', { what: 'nvme1=2\n' }],
    ['that is being made', 'new.1-2-3-a', WHAT],
    ['that is being removed', 'gone.1-2-3-a', {}],
  ])('%s: counts for nothing, and is removed', async (_, name, files) => {
    const root = newRoot()
    byHand(root, name, files)
    const others = new Announcements({ root })
    await others.probe()
    expect(others.announced()).toEqual({ connecting: [], leaving: [] })
    expect(await others.leftovers()).toEqual([name])
    expect(await others.clear()).toEqual([name])
    expect(existsSync(placeOf(root))).toBe(false)
  })

  test('other names, files and links: left alone', async () => {
    const root = newRoot()
    byHand(root, 'connecting', WHAT)
    byHand(root, 'other.1-2-3-a', WHAT)
    writeFileSync(join(placeOf(root), 'connecting.1-2-3-b'), '')
    const others = new Announcements({ root })
    await others.probe()
    expect(others.announced()).toEqual({ connecting: [], leaving: [] })
    expect(await others.clear()).toEqual([])
    expect(namesIn(root)).toHaveLength(3)
  })

  test.each([
    ['empty', ''],
    ['cut off', 'owner=stas\nnqn'],
    ['not UTF-8', '\xff'],
    ['no lines of key=value', 'stas\n'],
    ['too long', `owner=${'x'.repeat(1 << 20)}\n`],
  ])('a living process with a text that is %s: it may be about any controller', async (_, text) => {
    const root = newRoot()
    await listening(root, 'connecting.1-2-3-a', { what: text })
    await listening(root, 'leaving.1-2-3-a', { what: text })
    const others = new Announcements({ root })
    await others.probe()
    if (text === '\xff') writeFileSync(join(placeOf(root), 'connecting.1-2-3-a/what'), Buffer.from([0xff]))
    expect(others.announced()).toEqual({ connecting: [undefined], leaving: [undefined] })
    expect(await others.clear()).toEqual([])
  })

  test.each(['nvme1=x\n', 'nvme1n1=5\n', 'owner=5\n'])('a disconnect of %j is not understood either', async text => {
    const root = newRoot()
    await listening(root, 'leaving.1-2-3-a', { what: text })
    const others = new Announcements({ root })
    await others.probe()
    expect(others.announced().leaving).toEqual([undefined])
  })

  test('keys that a later version may add are no reason not to understand the rest', async () => {
    const root = newRoot()
    await listening(root, 'connecting.1-2-3-a', { what: 'owner=stas\nboot=1\n' })
    const others = new Announcements({ root })
    await others.probe()
    expect(others.announced().connecting).toEqual([{ owner: 'stas' }])
  })

  test('a directory in one that has ended: left, and the others removed', async () => {
    const root = newRoot()
    byHand(root, 'connecting.1-2-3-a/dir', WHAT)
    byHand(root, 'connecting.1-2-3-b', WHAT)
    const others = new Announcements({ root })
    expect(await others.clear()).toEqual(['connecting.1-2-3-b'])
    expect(await others.leftovers()).toHaveLength(1)
  })
})

test('announcements are not asked for before they were probed', () => {
  expect(() => new Announcements({ root: newRoot() }).announced()).toThrow(RegistryError)
})
