import { describe, expect, test } from 'vitest'
import { type ConnectOptions, connect, FabricsError } from '../src/index.ts'
import { REQUEST, type World, world } from './fakes.ts'

/** A kernel that takes its time until it is told to go on; `writing` resolves when it was asked. */
function slow(changes: Partial<World> = {}) {
  const signals: { asked?: () => void; goOn?: () => void } = {}
  const writing = new Promise<void>(resolve => (signals.asked = resolve))
  const gate = new Promise<void>(resolve => (signals.goOn = resolve))
  const hold = (): Promise<void> => {
    signals.asked?.()
    return gate
  }
  return { ...world({ hold, ...changes }), writing, goOn: () => signals.goOn?.() }
}
const failed = async (run: Promise<unknown>): Promise<FabricsError> => {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FabricsError) return error
  throw error ?? new Error('it connected')
}

describe('a caller that gives up', () => {
  const ways: [string, (abort: AbortController) => ConnectOptions, string][] = [
    ['by its signal', ({ signal }) => ({ signal }), 'interrupted'],
    ['by its deadline', () => ({ timeoutMs: 1 }), 'deadline'],
  ]
  test.each(ways)('%s is told at once that the kernel goes on, and later how it ended', async (_, options, code) => {
    const { ports, log, writing, goOn } = slow()
    const abort = new AbortController()
    const result = failed(connect(REQUEST, ports, { owner: 'stas', ...options(abort) }))
    await writing
    abort.abort()
    const error = await result
    expect(error).toMatchObject({ code, stillConnected: false })
    expect(error.message).toMatch(
      /the kernel goes on; what it may still connect is taken down again, unless it is owned or in use by then$/,
    )
    goOn()
    expect(await error.aftermath).toEqual({ outcome: 'taken-down', device: 'nvme3' })
    expect(log).toContain('delete')
    expect(log).not.toContain('publish nvme3 stas')
  })
  test.each<[Partial<World>, object]>([
    [{ fail: { write: 'ECONNREFUSED' } }, { outcome: 'failed', error: { code: 'refused' } }],
    [{ fail: { write: 'EALREADY' } }, { outcome: 'failed', error: { code: 'already-connected' } }],
    [{ fail: { delete: 'EIO' } }, { outcome: 'still-connected', device: 'nvme3' }],
    [{ reply: 'nonsense' }, { outcome: 'still-connected', device: undefined, error: { code: 'bad-reply' } }],
  ])('and then: %j', async (changes, aftermath) => {
    const { ports, log, writing, goOn } = slow(changes)
    const abort = new AbortController()
    const result = failed(connect(REQUEST, ports, { owner: 'stas', signal: abort.signal }))
    await writing
    abort.abort()
    const error = await result
    goOn()
    expect(await error.aftermath).toMatchObject(aftermath)
    expect(log.filter(line => /publish|claim/.test(line))).toEqual([])
  })
  test('before the kernel was asked has done nothing', async () => {
    const { ports, log } = world()
    const error = await failed(connect(REQUEST, ports, { signal: AbortSignal.abort('enough') }))
    expect(error).toMatchObject({ code: 'interrupted', cause: 'enough', aftermath: undefined })
    expect(error.message).toBe('interrupted; nothing was connected')
    expect(log).toEqual([])
  })
  test('while it waits for its turn has done nothing either, and holds nobody up', async () => {
    const { ports, log, writing, goOn } = slow()
    const first = connect(REQUEST, ports)
    await writing
    const abort = new AbortController()
    const second = failed(connect(REQUEST, ports, { signal: abort.signal, owner: 'second' }))
    const third = connect(REQUEST, ports, { owner: 'third' })
    abort.abort()
    expect(await second).toMatchObject({ code: 'interrupted', aftermath: undefined })
    goOn()
    expect((await Promise.all([first, third])).map(({ device }) => device)).toEqual(['nvme3', 'nvme3'])
    expect(log.filter(line => line.startsWith('publish'))).toEqual(['publish nvme3 third'])
  })
  test('while a name is looked up', async () => {
    const { ports, log } = world()
    const never = { ...ports, resolve: () => new Promise<string>(() => {}) }
    const request = { ...REQUEST, traddr: 'target.example' }
    expect(await failed(connect(request, never, { timeoutMs: 1 }))).toMatchObject({
      code: 'deadline',
      message: 'not connected after 0.001 s; nothing was connected',
    })
    expect(log).toEqual([])
  })
  test('too late has a controller', async () => {
    const abort = new AbortController()
    const { ports } = world()
    const late = {
      ...ports,
      registry: { ...ports.registry, reap: () => (abort.abort(), { outcome: 'none' as const }) },
    }
    expect(await connect(REQUEST, late, { signal: abort.signal })).toMatchObject({ device: 'nvme3' })
  })
})

test('connects of one host take turns, those of two do not', async () => {
  const one = slow()
  const other = slow()
  const waiting = connect(REQUEST, one.ports)
  await one.writing
  const second = connect(REQUEST, one.ports)
  const elsewhere = connect(REQUEST, { ...other.ports, root: '/other' })
  await other.writing
  expect(one.log.filter(line => line.startsWith('open'))).toEqual(['open r', 'open r+'])
  other.goOn()
  await elsewhere
  one.goOn()
  await Promise.all([waiting, second])
  expect(one.log.filter(line => line.startsWith('close'))).toEqual(['close r', 'close r+', 'close r', 'close r+'])
})
