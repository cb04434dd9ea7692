import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type FakeHost, fakeHost, listing } from './host.ts'

/** Root, for mount namespaces: a process whose /proc does not show it is told so, and changes nothing. */

const PROGRAM = [process.execPath, '--conditions=@nvmf/source', join(import.meta.dirname, 'every-method.ts')]

const NO_PROC = 'no-proc'
const IN_VAIN = {
  ownerOf: { state: 'unknown', reason: expect.stringMatching(/^\/proc\/self\/fd is not this process's own/) },
  entries: NO_PROC,
  unfinished: NO_PROC,
  entry: NO_PROC,
  retrieve: NO_PROC,
  publish: NO_PROC,
  claim: NO_PROC,
  release: NO_PROC,
  update: NO_PROC,
  remove: NO_PROC,
  delete: NO_PROC,
  reap: NO_PROC,
  sweep: NO_PROC,
}

/** Returns the answer of every method about an owned controller to a process that these arguments start. */
function everyMethod(host: FakeHost, [program = '', ...args]: readonly string[]): unknown {
  return JSON.parse(execFileSync(program, [...args, ...PROGRAM, host.root], { encoding: 'utf8' }))
}

function owned(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'nbft')
  return host
}

test('an empty directory in the place of /proc, as in a chroot of a rescue system', () => {
  const host = owned()
  const before = listing(host.path())
  const start = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', 'mount -t tmpfs none /proc; exec "$@"', 'sh']
  expect(everyMethod(host, start)).toEqual(IN_VAIN)
  expect(listing(host.path())).toEqual(before)
})

test('the /proc of another pid namespace, as after nsenter -m into a container', async () => {
  const container = spawn('unshare', [
    '-p',
    '-f',
    '-m',
    '--mount-proc',
    '--propagation',
    'private',
    'sh',
    '-c',
    'echo; exec sleep 600',
  ])
  onTestFinished(() => void container.kill('SIGKILL'))
  await once(container.stdout, 'data')
  const host = owned()
  const before = listing(host.path())
  expect(everyMethod(host, ['nsenter', '-t', String(container.pid), '-m'])).toEqual(IN_VAIN)
  expect(listing(host.path())).toEqual(before)
})

test('the /proc of the parent namespace shows the process too, which is enough', () => {
  expect(everyMethod(owned(), ['unshare', '-p', '-f', 'env'])).toMatchObject({
    ownerOf: { state: 'owned', owner: 'nbft' },
    claim: 'owned',
  })
})
