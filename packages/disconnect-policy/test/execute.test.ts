import { ControllersError } from '@nvmf/controllers'
import type { Ownership } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { type ExecutePorts, execute, type Namespace, plan, type Request } from '../src/index.ts'
import { controller, mounted, owned, SILENT, unknown, unowned } from './host.ts'

/** A host whose names may stand for other incarnations, or other owners', by the time they are opened. */
function host(
  incarnations: Record<string, string | undefined>,
  owners: Record<string, Ownership> = {},
  namespaces: readonly Namespace[] = [],
) {
  const log: string[] = []
  let open = 0
  let most = 0
  const errors: Record<string, ControllersError> = {}
  const states: Record<string, string> = {}
  const ports: ExecutePorts = {
    async declare(victims) {
      log.push(`declare ${[...victims].join(' ')}`)
      const error = errors['declare']
      if (error) throw error
      return { others: () => SILENT, withdraw: () => void log.push('withdraw') }
    },
    async openDelete(device) {
      most = Math.max(most, ++open)
      log.push(`open ${device}`)
      const error = errors[`open ${device}`]
      if (error) {
        open--
        throw error
      }
      return {
        async delete() {
          log.push(`delete ${device}`)
          const failure = errors[`delete ${device}`]
          if (failure) throw failure
          return 'deleted'
        },
        async close() {
          open--
          log.push(`close ${device}`)
        },
      }
    },
    incarnationOf: device => incarnations[device],
    stateOf: device => states[device],
    namespacesOf: device => namespaces.filter(({ paths }) => paths.some(path => path.controller === device)),
    registry: { ownerOf: (device, incarnation) => owners[`${device} ${incarnation}`] ?? unowned },
  }
  return { ports, log, errors, states, open: () => open, most: () => most }
}

const planned = (names: readonly string[], request: Request = { kind: 'unowned' }, ownership: Ownership = unowned) =>
  plan(
    {
      controllers: names.map(name => controller(name)),
      announced: SILENT,
      ownershipOf: () => ownership,
      namespaces: [],
    },
    request,
  )
const alive = (...names: string[]) => Object.fromEntries(names.map(name => [name, `${name}#1`]))
const outcomes = async (...args: Parameters<typeof execute>): Promise<unknown[]> =>
  (await execute(...args)).map(({ step, ...result }) => ({ device: step.controller.name, ...result }))

const UNTOUCHED = ['declare nvme1,nvme1#1', 'open nvme1', 'close nvme1', 'withdraw']

const disk = (...paths: string[]) => mounted('nvme0n1', '/', paths)

describe('execute', () => {
  test('declares, opens, looks again, deletes, closes, withdraws', async () => {
    const { ports, log } = host(alive('nvme1'))
    expect(await outcomes(planned(['nvme1']), ports)).toEqual([{ device: 'nvme1', outcome: 'disconnected' }])
    expect(log).toEqual(['declare nvme1,nvme1#1', 'open nvme1', 'delete nvme1', 'close nvme1', 'withdraw'])
  })

  test.each<[string, Record<string, string | undefined>, Record<string, Ownership>, object]>([
    ['a number that was recycled', { nvme1: 'nvme1#2' }, {}, { outcome: 'changed', now: 'recycled' }],
    ['a controller that went', { nvme1: undefined }, {}, { outcome: 'gone' }],
    [
      'a claim',
      alive('nvme1'),
      { 'nvme1 nvme1#1': owned('stas') },
      { outcome: 'changed', now: 'owned-by', owner: 'stas' },
    ],
    [
      'an owner that cannot be read',
      alive('nvme1'),
      { 'nvme1 nvme1#1': unknown },
      { outcome: 'changed', now: 'ownership-unknown' },
    ],
  ])('touches nothing after %s in between', async (_, incarnations, owners, result) => {
    const { ports, log } = host(incarnations, owners)
    expect(await outcomes(planned(['nvme1']), ports)).toEqual([{ device: 'nvme1', ...result }])
    expect(log).toEqual(UNTOUCHED)
  })

  test("does not take what was given up when an owner's were asked for", async () => {
    const { ports } = host(alive('nvme1'), { 'nvme1 nvme1#1': unowned })
    const decided = planned(['nvme1'], { kind: 'owner', owner: 'stas' }, owned('stas'))
    expect(await outcomes(decided, ports)).toEqual([{ device: 'nvme1', outcome: 'changed', now: 'unowned' }])
  })

  test.each<Request>([{ kind: 'force' }, { kind: 'named', devices: ['nvme1'], nqns: [] }])(
    '%j takes it whoever owns it by then',
    async request => {
      const { ports } = host(alive('nvme1'), { 'nvme1 nvme1#1': owned('stas') })
      expect(await outcomes(planned(['nvme1'], request), ports)).toEqual([{ device: 'nvme1', outcome: 'disconnected' }])
    },
  )

  describe.each<Request>([{ kind: 'force' }, { kind: 'named', devices: ['nvme1'], nqns: [] }])(
    '%j, as it was shown',
    request => {
      const shown = { asShown: true }
      test.each<[string, Ownership]>([
        ['unowned', unowned],
        ["an owner's", owned('stas')],
        ['of an unknown owner', unknown],
      ])('takes what is still %s', async (_, ownership) => {
        const { ports } = host(alive('nvme1'), { 'nvme1 nvme1#1': ownership })
        expect(await outcomes(planned(['nvme1'], request, ownership), ports, shown)).toMatchObject([
          { outcome: 'disconnected' },
        ])
      })
      test.each<[string, Ownership, Ownership, object]>([
        ['was claimed', unowned, owned('stas'), { now: 'owned-by', owner: 'stas' }],
        ['was stolen', owned('nbft'), owned('stas'), { now: 'owned-by', owner: 'stas' }],
        ['was released', owned('nbft'), unowned, { now: 'unowned' }],
        ['cannot be read any more', owned('nbft'), unknown, { now: 'ownership-unknown' }],
      ])('leaves what %s meanwhile', async (_, before, after, change) => {
        const { ports, log } = host(alive('nvme1'), { 'nvme1 nvme1#1': after })
        expect(await outcomes(planned(['nvme1'], request, before), ports, shown)).toEqual([
          { device: 'nvme1', outcome: 'changed', ...change },
        ])
        expect(log).toEqual(UNTOUCHED)
      })
      test('takes what is in use as it was shown, and leaves what is in use for more', async () => {
        const [before, more] = [disk('nvme1'), mounted('nvme0n2', '/data', ['nvme1'])]
        const decided = plan(
          {
            controllers: [controller('nvme1')],
            announced: { connecting: [], leaving: [] },
            ownershipOf: () => unowned,
            namespaces: [before],
          },
          request,
        )
        expect(await outcomes(decided, host(alive('nvme1'), {}, [before]).ports, shown)).toMatchObject([
          { outcome: 'disconnected' },
        ])
        expect(await outcomes(decided, host(alive('nvme1'), {}, [before, more]).ports, shown)).toEqual([
          { device: 'nvme1', outcome: 'changed', now: 'in-use', uses: more.uses },
        ])
      })
    },
  )

  describe('use that came up in between', () => {
    test('keeps the last path', async () => {
      const { ports, log } = host(alive('nvme1'), {}, [disk('nvme1')])
      const { uses } = disk()
      expect(await outcomes(planned(['nvme1']), ports)).toEqual([
        { device: 'nvme1', outcome: 'changed', now: 'in-use', uses },
      ])
      expect(log).toEqual(UNTOUCHED)
    })
    test('keeps all paths that are to go: which of them is the last one, nobody can tell any more', async () => {
      const { ports } = host(alive('nvme1', 'nvme2'), {}, [disk('nvme1', 'nvme2')])
      const results = await outcomes(planned(['nvme1', 'nvme2']), ports)
      expect(results).toMatchObject([{ now: 'in-use' }, { now: 'in-use' }])
    })
    test('keeps none if another path stays', async () => {
      const { ports } = host(alive('nvme1'), {}, [disk('nvme1', 'nvme2')])
      expect(await outcomes(planned(['nvme1']), ports)).toMatchObject([{ outcome: 'disconnected' }])
    })
    test('stops no force', async () => {
      const { ports } = host(alive('nvme1'), {}, [disk('nvme1')])
      expect(await outcomes(planned(['nvme1'], { kind: 'force' }), ports)).toMatchObject([{ outcome: 'disconnected' }])
    })
  })

  test('what somebody else is taking down is not counted as ours', async () => {
    const { ports, states } = host(alive('nvme1'))
    states['nvme1'] = 'deleting (no IO)'
    expect(await outcomes(planned(['nvme1']), ports)).toEqual([{ device: 'nvme1', outcome: 'gone' }])
  })

  test('told to stop, it begins no more, and waits for what it began', async () => {
    const world = host(alive('nvme1', 'nvme2', 'nvme3'))
    const told: string[] = []
    const results = await outcomes(planned(['nvme1', 'nvme2', 'nvme3']), world.ports, {
      jobs: 1,
      stopped: () => told.length > 0,
      onResult: ({ step, outcome }) => void told.push(`${step.controller.name} ${outcome}`),
    })
    expect(results).toMatchObject([{ outcome: 'disconnected' }, { outcome: 'not-started' }, { outcome: 'not-started' }])
    expect(told).toEqual(['nvme1 disconnected', 'nvme2 not-started', 'nvme3 not-started'])
    expect(world.log.slice(1)).toEqual(['open nvme1', 'delete nvme1', 'close nvme1', 'withdraw'])
  })

  test('those that take long hold up nobody, as long as one job is free', async () => {
    const names = ['nvme1', 'nvme2', 'nvme3', 'nvme4', 'nvme5']
    const world = host(alive(...names))
    let answer: (() => void) | undefined
    const dead = new Promise<void>(resolve => (answer = resolve))
    const told: string[] = []
    const done = execute(
      planned(names),
      {
        ...world.ports,
        async openDelete(device) {
          const handle = await world.ports.openDelete(device)
          return {
            ...handle,
            delete: () => (['nvme1', 'nvme2'].includes(device) ? dead : Promise.resolve()).then(handle.delete),
          }
        },
      },
      {
        jobs: 3,
        onResult: ({ step }) => {
          told.push(step.controller.name)
          if (told.length === 3) answer?.()
        },
      },
    )
    await done
    expect(told).toEqual(['nvme3', 'nvme4', 'nvme5', 'nvme1', 'nvme2'])
  })

  test('one failure stops nothing, and every handle is closed', async () => {
    const world = host({ ...alive('nvme1', 'nvme2', 'nvme3'), nvme4: undefined })
    const error = new ControllersError('busy', 'busy')
    world.errors['delete nvme1'] = error
    world.errors['open nvme2'] = new ControllersError('no-controller', 'no such file')
    world.errors['open nvme4'] = new ControllersError('no-controller', 'no such file')
    expect(await outcomes(planned(['nvme1', 'nvme2', 'nvme3', 'nvme4']), world.ports)).toEqual([
      { device: 'nvme1', outcome: 'failed', error },
      // Still there, and cannot be deleted at all.
      { device: 'nvme2', outcome: 'failed', error: world.errors['open nvme2'] },
      { device: 'nvme3', outcome: 'disconnected' },
      { device: 'nvme4', outcome: 'gone' },
    ])
    expect(world.open()).toBe(0)
  })

  test('runs several at once, but no more than allowed', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `nvme${i}`)
    const world = host(alive(...names))
    const results = await execute(planned(names), world.ports, { jobs: 8 })
    expect(results.map(({ step }) => step.controller.name)).toEqual(names)
    expect(world.most()).toBe(8)
  })

  test('a bug is thrown, after the others have ended', async () => {
    const world = host(alive('nvme1', 'nvme2'))
    const ports = {
      ...world.ports,
      incarnationOf: (device: string) => (device === 'nvme1' ? broken() : world.ports.incarnationOf(device)),
    }
    await expect(execute(planned(['nvme1', 'nvme2']), ports)).rejects.toThrow('bug')
    expect(world.open()).toBe(0)
    expect(world.log).toContain('delete nvme2')
  })
})

const broken = (): never => {
  throw new TypeError('bug')
}
