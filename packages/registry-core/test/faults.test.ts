import { readdirSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { RegistryError } from '../src/errors.ts'
import { stepNumber } from '../src/layout.ts'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import { around, errno, type FakeHost, fakeHost } from './host.ts'

const owned = (host: FakeHost): void => {
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
}
const unowned = (host: FakeHost): void => {
  host.connect('nvme0')
  host.registry.update('nvme0', 'note', 'old')
}
const connected = (host: FakeHost): void => void host.connect('nvme0')
const dead = (host: FakeHost): void => {
  owned(host)
  host.recycle('nvme0')
}

interface Operation {
  readonly name: string
  prepare(host: FakeHost): void
  run(registry: Registry): unknown
  /** What a reader learns of the controller before and after: {@link view}. */
  readonly before: string
  readonly after: string
  /** What it writes into an entry that was there stands if only the check after it fails; the class says so. */
  readonly mayStand?: true
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'publish',
    prepare: connected,
    run: registry => registry.publish('nvme0', 'new'),
    before: 'unowned',
    after: 'new',
    mayStand: true,
  },
  {
    name: 'publish over a dead entry',
    prepare: dead,
    run: registry => registry.publish('nvme0', 'new'),
    before: 'unowned',
    after: 'new',
    mayStand: true,
  },
  {
    name: 'publish of what somebody owns already',
    prepare: owned,
    run: registry => registry.publish('nvme0', 'new'),
    before: 'stas',
    after: 'stas',
  },
  {
    name: 'publish of what nobody owns',
    prepare: unowned,
    run: registry => registry.publish('nvme0', 'new'),
    before: 'unowned, note old',
    after: 'new, note old',
    mayStand: true,
  },
  {
    name: 'claim without entry',
    prepare: connected,
    run: registry => registry.claim('nvme0', 'new'),
    before: 'unowned',
    after: 'new',
    mayStand: true,
  },
  {
    name: 'claim of what nobody owns',
    prepare: unowned,
    run: registry => registry.claim('nvme0', 'new'),
    before: 'unowned, note old',
    after: 'new, note old',
    mayStand: true,
  },
  {
    name: "claim of libnvme's entry",
    prepare: host => {
      host.connect('nvme0')
      host.put('nvme0', { seqnum: '1\n' })
    },
    run: registry => registry.claim('nvme0', 'new'),
    before: 'unowned',
    after: 'new',
    mayStand: true,
  },
  {
    name: 'steal',
    prepare: owned,
    run: registry => registry.claim('nvme0', 'new', { steal: true }),
    before: 'stas',
    after: 'new',
    mayStand: true,
  },
  {
    name: 'update',
    prepare: owned,
    run: registry => registry.update('nvme0', 'note', 'new'),
    before: 'stas',
    after: 'stas, note new',
    mayStand: true,
  },
  {
    name: 'update without entry',
    prepare: connected,
    run: registry => registry.update('nvme0', 'note', 'new'),
    before: 'unowned',
    after: 'unowned, note new',
    mayStand: true,
  },
  {
    name: 'remove',
    prepare: host => {
      owned(host)
      host.registry.update('nvme0', 'note', 'old')
    },
    run: registry => registry.remove('nvme0', 'note'),
    before: 'stas, note old',
    after: 'stas',
  },
  {
    name: 'release',
    prepare: owned,
    run: registry => registry.release('nvme0'),
    before: 'stas',
    after: 'unowned',
    mayStand: true,
  },
  {
    name: 'reap of a dead entry',
    prepare: dead,
    run: registry => registry.reap('nvme0', '999'),
    before: 'unowned',
    after: 'unowned',
  },
  {
    name: 'reap of a live entry',
    prepare: owned,
    run: registry => registry.reap('nvme0', '999'),
    before: 'stas',
    after: 'stas',
  },
  {
    name: 'sweep',
    prepare: host => {
      owned(host)
      host.connect('nvme1')
      host.registry.publish('nvme1', 'past')
      host.remove('nvme1')
    },
    run: registry => registry.sweep(),
    before: 'stas',
    after: 'stas',
  },
]

/** What a reader learns: `stas, note old`. */
function view({ registry }: FakeHost): string {
  const ownership = registry.ownerOf('nvme0')
  const note = registry.retrieve('nvme0', 'note')
  return (
    (ownership.state === 'owned' ? ownership.owner : ownership.state) + (note === undefined ? '' : `, note ${note}`)
  )
}

/** One run of an operation, in which one call failed, and what came of it. */
interface Failed {
  /** `rename /run/...`, the call that failed. */
  readonly call: string
  readonly error: unknown
  readonly leaked: number
  readonly view: string
  readonly states: readonly string[]
  readonly unfinished: readonly string[]
  /** After the operation was done again, with nothing failing. */
  readonly again: string
}

const descriptors = (): number => readdirSync('/proc/self/fd').length

type Called = Pick<Operation, 'prepare' | 'run'>

function fail(operation: Called, nth: number, thrown: Error): Failed | undefined {
  const host = fakeHost({ keep: true })
  roots.push(host.root)
  operation.prepare(host)
  let seen = 0
  let call: string | undefined
  // close(2) gives the descriptor up even when it fails, and asking for a token touches nothing.
  const sys = around(nodeSys(), (op, args, perform) => {
    if (op === 'close' || op === 'token' || ++seen !== nth) return perform()
    call = `${op} ${args.map(arg => String(arg).replace(host.root, '')).join(' ')}`
    throw thrown
  })
  const before = descriptors()
  let error: unknown
  try {
    operation.run(new Registry(sys, host.root))
  } catch (caught) {
    error = caught
  }
  if (call === undefined) return undefined
  const failed = {
    call,
    error,
    leaked: descriptors() - before,
    view: view(host),
    states: host.registry.entries().map(({ state }) => state),
    unfinished: [
      ...readdirSync(host.path()).filter(name => name.startsWith('.')),
      ...Object.keys(host.files('nvme0') ?? {}).filter(
        name => name.includes('.tmp.') && stepNumber(name) === undefined,
      ),
    ],
  }
  operation.run(host.registry)
  return { ...failed, again: view(host) }
}

const roots: string[] = []
afterAll(() => roots.forEach(root => rmSync(root, { recursive: true })))

function failures(operation: Called, thrown: Error): Failed[] {
  const all: Failed[] = []
  for (let nth = 1; ; nth++) {
    const failed = fail(operation, nth, thrown)
    if (failed === undefined) return all
    all.push(failed)
  }
}

/** What of a run must not depend on which errno it was. */
const facts = ({ error, view: seen, again }: Failed) => [(error as RegistryError | undefined)?.code, seen, again]

describe.each(OPERATIONS)('$name, run once for each of its calls, which fails', operation => {
  const { before, after } = operation

  test('with EIO: nothing is half done, nothing leaks, and whoever tries again gets it done', () => {
    const runs = failures(operation, errno('EIO'))
    const errors = runs.filter(({ error }) => error !== undefined)
    expect(runs.length).toBeGreaterThan(3)
    const wrong = errors.filter(
      ({ error }) =>
        !(error instanceof RegistryError) ||
        !['io', 'no-sysfs'].includes(error.code) ||
        (error.cause as { code?: unknown } | undefined)?.code !== 'EIO',
    )
    expect(wrong, 'a RegistryError with its cause, or no error at all').toEqual([])
    expect(
      runs.filter(({ view: seen }) => seen !== before && seen !== after),
      'a reader sees what was or what is to be',
    ).toEqual([])
    expect(
      runs.filter(({ states }) => states.includes('damaged')),
      'what has its name is complete, or the rest of a dead one',
    ).toEqual([])
    const allowed = operation.mayStand ? [before, after] : [before]
    expect(
      errors.filter(({ view: seen }) => !allowed.includes(seen)),
      operation.mayStand ? 'an error: nothing was recorded, or all of it' : 'an error: nothing was recorded',
    ).toEqual([])
    // A call that fails before the write is an error in every case, and records nothing.
    expect(errors.map(({ view: seen }) => seen)).toContain(before)
    expect(
      runs.filter(({ call, unfinished }) => !/^(unlink|rmdir|readdir) /.test(call) && unfinished.length > 0),
      'nothing unfinished stays, unless what failed was the clearing itself',
    ).toEqual([])
    expect(
      runs.filter(({ leaked }) => leaked !== 0),
      'no descriptor stays open',
    ).toEqual([])
    expect(
      runs.filter(({ again }) => again !== after),
      'whoever tries again gets it done',
    ).toEqual([])
  })

  test('ENOSPC, EACCES and EMFILE are no different', () => {
    const code = (['ENOSPC', 'EACCES', 'EMFILE'] as const)[OPERATIONS.indexOf(operation) % 3] as string
    expect(failures(operation, errno(code)).map(facts)).toEqual(failures(operation, errno('EIO')).map(facts))
  })
})

const READERS: readonly (Called & { readonly name: string })[] = [
  { name: 'ownerOf', prepare: owned, run: registry => registry.ownerOf('nvme0') },
  { name: 'entry', prepare: owned, run: registry => registry.entry('nvme0') },
  { name: 'entries', prepare: owned, run: registry => registry.entries() },
  { name: 'retrieve', prepare: owned, run: registry => registry.retrieve('nvme0', 'owner') },
  { name: 'delete', prepare: owned, run: registry => registry.delete('nvme0') },
]

test.each([...OPERATIONS, ...READERS])(
  '$name: what is no errno is a bug, and is never taken for an answer',
  operation => {
    const bug = new TypeError('made up')
    const runs = failures(operation, bug)
    expect(runs.length).toBeGreaterThan(3)
    expect(runs.filter(({ error }) => error !== bug).map(({ call }) => call)).toEqual([])
  },
)
