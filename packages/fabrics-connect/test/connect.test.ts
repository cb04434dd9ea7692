import type { Controller } from '@nvmf/controllers'
import { RegistryError } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { type ConnectOptions, type ConnectRequest, connect, FabricsError } from '../src/index.ts'
import { errno, REQUEST, SECRET, type World, world } from './fakes.ts'

const failure = async (
  changes: Partial<World>,
  options: ConnectOptions = {},
  request: ConnectRequest = REQUEST,
): Promise<{ error: FabricsError; log: string[] }> => {
  const { ports, log } = world(changes)
  const error = await connect(request, ports, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FabricsError)) throw error ?? new Error('it connected')
  return { error, log }
}

/** Of {@link REQUEST} for stas. */
const ANNOUNCED = `announce ${JSON.stringify({
  owner: 'stas',
  transport: 'tcp',
  traddr: '192.0.2.1',
  trsvcid: '4420',
  nqn: REQUEST.nqn,
  hostnqn: 'nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555',
})}`

describe('a connect', () => {
  test('writes once, reads once, and records the owner before it lets go', async () => {
    const { ports, log } = world()
    expect(await connect(REQUEST, ports, { owner: 'stas' })).toEqual({
      device: 'nvme3',
      cntlid: 7,
      alreadyConnected: false,
      ownership: { outcome: 'published' },
      warnings: [],
      identity: 'host',
    })
    expect(log).toEqual([
      'open r',
      'read r',
      'close r',
      ANNOUNCED,
      'open r+',
      'write:nqn=nqn.2026-01.example:boot,transport=tcp,traddr=192.0.2.1,trsvcid=4420,' +
        'hostnqn=nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555,' +
        'hostid=11111111-2222-3333-4444-555555555555,ctrl_loss_tmo=600',
      'read',
      'publish nvme3 stas',
      'close r+',
      'withdraw',
    ])
  })

  test('says what the kernel is told before it answers, without secrets', async () => {
    const { ports, log } = world({ fail: { write: 'EIO' } })
    const asking = (text: string): void => void log.push(`asking:${text}`)
    const request = { ...REQUEST, dhchapSecret: SECRET, dhchapCtrlSecret: SECRET, tlsKey: 255 }
    await expect(connect(request, ports, { asking })).rejects.toMatchObject({ code: 'unknown-subsystem' })
    const [said = '', written = ''] = log.slice(-3)
    expect(said).toMatch(/^asking:nqn=.*,dhchap_secret=…,dhchap_ctrl_secret=…,.*,tls_key=0x000000ff$/)
    expect(written.slice('write:'.length).replaceAll(SECRET, '…')).toBe(said.slice('asking:'.length))
  })

  test('ends before it began if that cannot be said', async () => {
    const { ports, log } = world()
    const noPaper = new Error('no paper')
    const asking = (): void => {
      throw noPaper
    }
    await expect(connect(REQUEST, ports, { asking })).rejects.toThrow(noPaper)
    expect(log.slice(-2)).toEqual(['open r+', 'close r+'])
  })

  test('of one that is there asks nothing', async () => {
    const there = {
      ...REQUEST,
      name: 'nvme3',
      incarnation: '7',
      address: { text: '', traddr: '192.0.2.1', trsvcid: '4420' },
    }
    const { ports } = world({ controllers: [there as unknown as Controller] })
    const asked: string[] = []
    await connect(REQUEST, ports, { idempotent: true, asking: text => void asked.push(text) })
    expect(asked).toEqual([])
  })

  test('without an owner clears what a dead predecessor left', async () => {
    const { ports, log } = world({ reaped: { outcome: 'removed', reason: 'number-recycled', owner: 'old' } })
    const { ownership } = await connect(REQUEST, ports)
    expect(ownership).toEqual({ outcome: 'unowned', cleared: 'old' })
    expect(log.slice(-2)).toEqual(['reap nvme3', 'close r+'])
  })

  test.each([
    [
      { outcome: 'kept', reason: 'alive', owner: 'stas' },
      { outcome: 'owned', owner: 'stas' },
    ],
    [
      { outcome: 'kept', reason: 'unproven', owner: 'stas' },
      { outcome: 'unclear', owner: 'stas' },
    ],
    [{ outcome: 'none' }, { outcome: 'unowned' }],
  ] as const)('without an owner, and the registry says %j', async (reaped, ownership) => {
    expect((await connect(REQUEST, world({ reaped }).ports)).ownership).toEqual(ownership)
  })

  test('resolves a name, because the kernel does not', async () => {
    const { ports, log } = world()
    await connect({ ...REQUEST, traddr: 'target.example' }, ports)
    expect(log.find(line => line.startsWith('write'))).toContain(',traddr=192.0.2.7,')
  })

  test("uses the kernel's own identity where the host has none", async () => {
    const { ports, log } = world({ files: {} })
    expect((await connect(REQUEST, ports)).identity).toBe('kernel')
    expect(log.find(line => line.startsWith('write'))).not.toContain('host')
  })

  test('names what the kernel does not know, and goes on without it', async () => {
    const { ports } = world({ supported: 'instance=-1,cntlid=-1,nqn=%s,transport=%s,traddr=%s\n' })
    const { warnings } = await connect({ ...REQUEST, tos: 3 }, ports)
    expect(warnings).toEqual(['tos is ignored: this kernel does not know it'])
  })

  test('takes an old kernel that lists nothing for what it was then', async () => {
    const { ports, log } = world({ fail: { 'read r': 'EINVAL' } })
    await connect(REQUEST, ports)
    expect(log.find(line => line.startsWith('write'))).toContain('ctrl_loss_tmo=600')
  })
})

describe('what fails', () => {
  test.each([
    ['ENOTFOUND', undefined, 'target.example has no address'],
    ['ENOTFOUND', 6, 'target.example has no IPv6 address'],
    ['EAI_AGAIN', 6, 'target.example cannot be resolved: temporary failure in name resolution'],
    ['EAI_FAIL', undefined, 'target.example cannot be resolved: EAI_FAIL'],
  ] as const)('the lookup of a name: %s, IPv%s', async (code, family, message) => {
    const { ports, log } = world()
    const request = { ...REQUEST, traddr: 'target.example', ...(family && { family }) }
    const resolve = (): Promise<string> => Promise.reject(errno(code))
    await expect(connect(request, { ...ports, resolve })).rejects.toMatchObject({
      code: 'unresolved',
      option: 'traddr',
      message,
      cause: { code },
    })
    expect(log.some(line => line.startsWith('write'))).toBe(false)
  })

  test.each([
    ['open r', 'ENOENT', 'no-module'],
    ['open r', 'EACCES', 'permission'],
    ['open r+', 'ENODEV', 'no-module'],
    ['write', 'EINVAL', 'invalid'],
    ['write', 'EADDRINUSE', 'host-in-use'],
    ['write', 'ENODEV', 'no-interface'],
    ['write', 'EOPNOTSUPP', 'unsupported'],
    ['write', 'ENOTSUP', 'unsupported'],
    ['write', 'ECONNREFUSED', 'refused'],
    ['write', 'ETIMEDOUT', 'timed-out'],
    ['write', 'ENETUNREACH', 'unreachable'],
    ['write', 'EADDRNOTAVAIL', 'address-unavailable'],
    ['write', 'ENOKEY', 'no-key'],
    ['write', 'EIO', 'unknown-subsystem'],
    ['write', 'EALREADY', 'already-connected'],
    ['write', 'EKEYREJECTED', 'no-key'],
    ['write', 'ECONNRESET', 'connection-lost'],
    ['write', 'ENOMEM', 'no-memory'],
    ['write', 'EINTR', 'stopped'],
    ['write', 'ESTALE', 'io'],
    ['read', 'EIO', 'io'],
  ])('%s %s: %s, the cause kept and the handle closed', async (call, code, expected) => {
    const { error, log } = await failure({ fail: { [call]: code } }, { owner: 'stas' })
    expect(error).toMatchObject({ code: expected, cause: { code } })
    const times = (what: string): number => log.filter(line => line.startsWith(what)).length
    expect(times('open') - times('close')).toBe(call.startsWith('open') ? 1 : 0)
    expect(log.some(line => line.startsWith('publish'))).toBe(false)
  })

  test('a reply without a controller', async () => {
    expect((await failure({ reply: 'cntlid=1\n' })).error.code).toBe('bad-reply')
  })

  test('a controller that died at once', async () => {
    const { error, log } = await failure({ published: { outcome: 'gone' } }, { owner: 'stas' })
    expect(error).toMatchObject({ code: 'gone', device: 'nvme3' })
    expect(log.slice(-2)).toEqual(['close r+', 'withdraw'])
  })

  test('a connection that exists is named, with its owner', async () => {
    const there = {
      name: 'nvme5',
      transport: 'tcp',
      nqn: REQUEST.nqn,
      address: { traddr: '192.0.2.1', trsvcid: '4420' },
    }
    const other = { ...there, name: 'nvme4', address: { traddr: '192.0.2.2', trsvcid: '4420' } }
    const { error } = await failure({
      fail: { write: 'EALREADY' },
      controllers: [other, there] as Controller[],
      ownership: { state: 'owned', owner: 'stas' },
    })
    expect(error).toMatchObject({ code: 'already-connected', device: 'nvme5', owner: 'stas' })
  })

  test.each([
    [{ hostTraddr: 'x' }, 'host_traddr'],
    [{ traddr: '192.0.2.1,hostnqn=x' }, 'traddr'],
  ])('%j touches nothing', async (changes, option) => {
    const { error, log } = await failure({}, {}, { ...REQUEST, ...changes })
    expect(error).toMatchObject({ code: 'bad-option', option })
    expect(log).toEqual([])
  })

  test('an unusable owner touches nothing', async () => {
    for (const owner of ['a\nb', 'x'.repeat(4097)]) {
      const { error, log } = await failure({}, { owner })
      expect(error).toMatchObject({ code: 'bad-option', option: 'owner' })
      expect(log).toEqual([])
    }
  })

  test('never says a secret', async () => {
    for (const secret of ['DHHC-2:geheim', 'DHHC-1:geheim,x', 'DHHC-1:\ngeheim']) {
      const { error } = await failure({}, {}, { ...REQUEST, dhchapSecret: secret })
      expect(error.message).not.toContain('geheim')
    }
  })
})

describe('an announcement', () => {
  test.each([undefined, ''])('is made for no owner %j: there is nothing to protect', async owner => {
    const { ports, log } = world()
    await connect(REQUEST, ports, { owner })
    expect(log.filter(line => line.startsWith('announce') || line === 'withdraw')).toEqual([])
  })

  test('is withdrawn behind the claim of what another process has connected meanwhile', async () => {
    const there = { name: 'nvme5', incarnation: '7', transport: 'tcp', nqn: REQUEST.nqn, address: {} } as Controller
    const at = world({ fail: { write: 'EALREADY' } })
    const ports = { ...at.ports, controllers: () => (at.log.some(line => line.startsWith('write')) ? [there] : []) }
    const made = await connect(REQUEST, ports, { owner: 'stas', idempotent: true })
    expect(made).toMatchObject({ device: 'nvme5', ownership: { outcome: 'claimed' } })
    expect(at.log.slice(-2)).toEqual(['claim nvme5 stas 7', 'withdraw'])
  })

  test.each([
    ['open r+', 'EACCES'],
    ['write', 'ECONNREFUSED'],
    ['read', 'EIO'],
  ])('is withdrawn when the connect fails at %s', async (call, code) => {
    const { log } = await failure({ fail: { [call]: code } }, { owner: 'stas' })
    expect(log.filter(line => line === ANNOUNCED || line === 'withdraw')).toEqual([ANNOUNCED, 'withdraw'])
    expect(log.at(-1)).toBe('withdraw')
  })

  test('that cannot be made is a warning, and a reason not to connect where the owner must be recorded', async () => {
    const announced = new RegistryError('io', 'no space')
    const { ports } = world({ announced })
    const made = await connect(REQUEST, ports, { owner: 'stas' })
    expect(made.warnings).toEqual([
      'until its owner is recorded, others may disconnect it: it cannot be announced (no space)',
    ])
    const { error, log } = await failure({ announced }, { owner: 'stas', requireOwner: true })
    expect(error).toMatchObject({ code: 'not-recorded', device: undefined, stillConnected: false, cause: announced })
    expect(error.message).toBe('its owner cannot be recorded (no space); nothing was connected')
    expect(log).toEqual(['open r', 'read r', 'close r', ANNOUNCED])
  })

  test('that fails for a bug is not taken for a registry that cannot be written', async () => {
    const bug = new TypeError('bug')
    const { ports } = world({ announced: bug })
    await expect(connect(REQUEST, ports, { owner: 'stas' })).rejects.toBe(bug)
  })
})

describe('an ownership that cannot be recorded', () => {
  const error = new RegistryError('io', 'no space', {})

  test('is in the result, and the connection stays', async () => {
    const { ports, log } = world({ published: error })
    expect((await connect(REQUEST, ports, { owner: 'stas' })).ownership).toEqual({ outcome: 'failed', error })
    expect(log).not.toContain('delete')
  })

  test('takes the connection down where it is required, the number still held', async () => {
    const { error: thrown, log } = await failure({ published: error }, { owner: 'stas', requireOwner: true })
    expect(thrown).toMatchObject({ code: 'not-recorded', cause: error, stillConnected: false })
    expect(log.slice(-6)).toEqual([
      'publish nvme3 stas',
      'open delete',
      'delete',
      'close delete',
      'close r+',
      'withdraw',
    ])
  })

  test('says so if that fails too', async () => {
    const { error: thrown } = await failure(
      { published: error, fail: { delete: 'EIO' } },
      { owner: 'stas', requireOwner: true },
    )
    expect(thrown).toMatchObject({ code: 'not-recorded', stillConnected: true })
  })

  test("leaves a controller that is somebody else's by then", async () => {
    const { error: thrown, log } = await failure(
      { published: { outcome: 'owned', owner: 'nbft' } },
      { owner: 'stas', requireOwner: true },
    )
    expect(thrown).toMatchObject({ code: 'owned', owner: 'nbft', stillConnected: true })
    expect(log).not.toContain('delete')
  })
})
