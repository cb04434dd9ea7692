import type { Controller } from '@nvmf/controllers'
import { RegistryError } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { type Connected, type ConnectOptions, connect, FabricsError } from '../src/index.ts'
import { REQUEST, type World, world } from './fakes.ts'

const THERE = {
  name: 'nvme5',
  incarnation: '77',
  transport: 'tcp',
  nqn: REQUEST.nqn,
  state: 'live',
  cntlid: 2,
  address: { traddr: '192.0.2.1', trsvcid: '4420' },
} as Controller

const outcome = async (
  changes: Partial<World>,
  options: ConnectOptions,
): Promise<{ result: Connected | FabricsError; log: string[] }> => {
  const { ports, log } = world({ controllers: [THERE], ...changes })
  return { result: await connect(REQUEST, ports, options).catch(fabricsError), log }
}
function fabricsError(error: unknown): FabricsError {
  if (error instanceof FabricsError) return error
  throw error
}
const owned = (owner: string): Partial<World> => ({ ownership: { state: 'owned', owner } })
const refuses = (code: 'owned' | 'io' | 'no-controller'): RegistryError =>
  new RegistryError(code, code, code === 'owned' ? { owner: 'nbft' } : {})
const failedWith = (error: RegistryError) => ({ outcome: 'failed', error })

type Row = [
  string,
  Partial<World>,
  ConnectOptions,
  calls: string[],
  ownership: object,
  code: string | undefined,
  message: string,
]

/** Whose it is × who asks: what is called, what comes out of it, and how it is said. `code`: with `idempotent`. */
const matrix: Row[] = [
  ['unowned, no owner', {}, {}, [], { outcome: 'untouched' }, undefined, 'nvme5'],
  [
    'owned, no owner',
    owned('nbft'),
    {},
    [],
    { outcome: 'untouched', owner: 'nbft' },
    undefined,
    'nvme5, owned by nbft',
  ],
  [
    'unknown, no owner',
    { ownership: { state: 'unknown', reason: 'x' } },
    {},
    [],
    { outcome: 'untouched', unknown: true },
    undefined,
    'nvme5, owner unknown',
  ],
  [
    'unowned',
    {},
    { owner: 'stas' },
    ['claim nvme5 stas 77'],
    { outcome: 'claimed' },
    undefined,
    'nvme5, claimed for stas',
  ],
  [
    'the same owner',
    { claimed: { outcome: 'already-ours' } },
    { owner: 'stas' },
    ['claim nvme5 stas 77'],
    { outcome: 'already-ours' },
    undefined,
    'nvme5, owned by stas',
  ],
  [
    "somebody else's",
    { claimed: refuses('owned') },
    { owner: 'stas' },
    ['claim nvme5 stas 77'],
    { outcome: 'owned', owner: 'nbft' },
    'owned',
    'nvme5, owned by nbft',
  ],
  [
    "somebody else's, stolen",
    { claimed: { outcome: 'stolen', from: 'nbft' } },
    { owner: 'stas', steal: true },
    ['claim nvme5 stas steal 77'],
    { outcome: 'stolen', from: 'nbft' },
    undefined,
    'nvme5, taken from nbft for stas',
  ],
  [
    "one whose owner's name is damaged, stolen",
    { claimed: { outcome: 'stolen' } },
    { owner: 'stas', steal: true },
    ['claim nvme5 stas steal 77'],
    { outcome: 'stolen' },
    undefined,
    'nvme5, taken for stas, whose it was cannot be read',
  ],
  [
    'released',
    { released: 'nbft' },
    { owner: '' },
    ['release nvme5 undefined 77'],
    { outcome: 'released', from: 'nbft' },
    undefined,
    "nvme5, released (was nbft's)",
  ],
  [
    'released, nobody had it',
    {},
    { owner: '' },
    ['release nvme5 undefined 77'],
    { outcome: 'released' },
    undefined,
    'nvme5, owned by nobody',
  ],
  [
    'a registry that cannot be written',
    { claimed: refuses('io') },
    { owner: 'stas' },
    ['claim nvme5 stas 77'],
    failedWith(refuses('io')),
    undefined,
    'nvme5; its ownership could not be changed: io',
  ],
  [
    'one that reconnects and cannot be opened',
    { claimed: refuses('no-controller') },
    { owner: 'stas' },
    ['claim nvme5 stas 77'],
    failedWith(refuses('no-controller')),
    undefined,
    'nvme5; its ownership could not be changed: no-controller',
  ],
]

/** Seen by our own look before, or only by the kernel: it appeared between our look and our write. */
const moments = ['before', 'kernel'] as const

describe.each(moments)('a connection that exists, seen %s', moment => {
  const run = async (changes: Partial<World>, options: ConnectOptions) => {
    const made = world(moment === 'before' ? changes : { ...changes, fail: { write: 'EALREADY' } })
    let looks = moment === 'before' ? 1 : 0
    const controllers = (): Controller[] => (looks++ > 0 ? [THERE] : [])
    const result = await connect(REQUEST, { ...made.ports, controllers }, options).catch(fabricsError)
    return { result, calls: made.log.filter(line => /claim|release|publish|reap/.test(line)) }
  }
  test.each(matrix)('%s', async (_, changes, options, calls, ownership, code, message) => {
    const strict = await run(changes, options)
    expect(strict.result).toBeInstanceOf(FabricsError)
    expect(strict.result).toMatchObject({
      code: 'already-connected',
      device: 'nvme5',
      ownership,
      message: `already connected as ${message}`,
    })
    expect((strict.result as FabricsError).ownership).toEqual(ownership)
    expect(strict.calls).toEqual(calls)
    const { result } = await run(changes, { ...options, idempotent: true })
    expect(result).toMatchObject(code === undefined ? { device: 'nvme5', alreadyConnected: true, ownership } : { code })
  })
})

test('seen before connecting, nothing is written', async () => {
  const { log } = await outcome({}, { idempotent: true })
  expect(log).toEqual(['open r', 'read r', 'close r'])
})
test('what must be recorded and cannot is an error, and the connection stays', async () => {
  const { result, log } = await outcome(
    { claimed: refuses('io') },
    { owner: 'stas', requireOwner: true, idempotent: true },
  )
  expect(result).toMatchObject({ code: 'not-recorded', stillConnected: true, device: 'nvme5' })
  expect(log).not.toContain('delete')
})
test('one that goes away meanwhile is connected anew', async () => {
  const made = world({ claimed: refuses('no-controller') })
  let looks = 0
  const controllers = (): Controller[] => (looks++ === 0 ? [THERE] : [])
  expect(await connect(REQUEST, { ...made.ports, controllers }, { owner: 'stas' })).toMatchObject({
    device: 'nvme3',
    alreadyConnected: false,
    ownership: { outcome: 'published' },
  })
})
test('duplicate_connect looks for none', async () => {
  const { ports } = world({ controllers: [THERE] })
  expect(await connect({ ...REQUEST, duplicateConnect: true }, ports)).toMatchObject({ device: 'nvme3' })
})
test('a fresh connect with an empty owner is owned by nobody', async () => {
  const { ports, log } = world()
  expect(await connect(REQUEST, ports, { owner: '' })).toMatchObject({ ownership: { outcome: 'unowned' } })
  expect(log).toContain('reap nvme3')
})
test.each<ConnectOptions>([{ steal: true }, { steal: true, owner: '' }, { requireOwner: true, owner: '' }])(
  '%j is refused before anything happens',
  async options => {
    const { result, log } = await outcome({}, options)
    expect(result).toMatchObject({ code: 'bad-option', option: 'owner' })
    expect(log).toEqual([])
  },
)
