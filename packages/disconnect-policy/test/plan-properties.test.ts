import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spelledAddresses } from '../../controllers/test/spellings.ts'
import { type Filter, type Host, type Namespace, plan, type Request, type Step } from '../src/index.ts'
import { controller, mounted, owned, SILENT, stale, unknown, unowned } from './host.ts'

const NQNS = ['nqn.a', 'nqn.b', undefined] as const
const states = fc.constantFrom('live', 'connecting', 'deleting', undefined)
const ownerships = fc.constantFrom(unowned, stale, owned('stas'), owned('nbft'), unknown)

const pathOf = (i: number) => fc.constantFrom(undefined, `nvme${i}`, `!nvme${i}`)

/** Up to eight controllers of any kind, and up to four namespaces, in use or not, that any of them lead to. */
const hosts: fc.Arbitrary<Host> = fc
  .array(
    fc.record({
      ownership: ownerships,
      changes: fc.record({
        fabrics: fc.boolean(),
        transport: fc.constantFrom('tcp', 'rdma', undefined),
        nqn: fc.constantFrom(...NQNS),
        hostnqn: fc.constantFrom('nqn.host', undefined),
        state: states,
        cntrltype: fc.constantFrom('io', 'discovery', undefined),
      }),
    }),
    { maxLength: 8 },
  )
  .chain(all => {
    const controllers = all.map(({ changes }, i) => controller(`nvme${i}`, changes))
    const namespace = fc.record({ used: fc.boolean(), paths: fc.tuple(...all.map((_, i) => pathOf(i))) })
    return fc.array(namespace, { maxLength: 4 }).map(found => ({
      controllers,
      announced: SILENT,
      ownershipOf: each => all[each.instance]?.ownership ?? unknown,
      namespaces: found.map(({ used, paths }, i): Namespace => {
        const made = mounted(
          `nvme${i}n1`,
          '/',
          paths.filter(p => p !== undefined),
        )
        return used ? made : { ...made, uses: [] }
      }),
    }))
  })

const filters: fc.Arbitrary<Filter> = fc.record({
  transport: fc.constantFrom('tcp', undefined),
  nqn: fc.constantFrom(...NQNS),
  hostnqn: fc.constantFrom('nqn.host', undefined),
})
const requests: fc.Arbitrary<Request> = fc.oneof(
  filters.map(filter => ({ kind: 'unowned', filter }) as const),
  filters.map(filter => ({ kind: 'owner', owner: 'stas', filter }) as const),
  filters.map(filter => ({ kind: 'force', filter }) as const),
)
const names = (steps: readonly Step[], which: (step: Step) => boolean): string[] =>
  steps.filter(which).map(step => step.controller.name)
const taken = (steps: readonly Step[]): string[] => names(steps, ({ action }) => action === 'disconnect')

describe('whatever the host', () => {
  test('nothing local is taken; nothing owned or unknown, unless it was asked for', () => {
    fc.assert(
      fc.property(hosts, requests, (host, request) => {
        const { steps } = plan(host, request)
        expect(steps).toHaveLength(host.controllers.length)
        for (const step of steps.filter(({ action }) => action === 'disconnect')) {
          expect(step.controller.fabrics).toBe(true)
          if (request.kind === 'force') continue
          expect(step.ownership.state).not.toBe('unknown')
          expect(step.owner).toBe(request.kind === 'owner' ? request.owner : undefined)
        }
      }),
    )
  })

  test('what is in use and could be reached can be reached afterwards, unless by force', () => {
    fc.assert(
      fc.property(hosts, requests, (host, request) => {
        if (request.kind === 'force') return
        const gone = taken(plan(host, request).steps)
        for (const { uses, paths } of host.namespaces) {
          if (uses.length === 0 || !paths.some(({ controller: name }) => gone.includes(name))) continue
          expect(paths.some(path => path.live && !gone.includes(path.controller))).toBe(true)
        }
      }),
    )
  })

  test('no more is kept for use than must be: each that is kept is the last path of something', () => {
    fc.assert(
      fc.property(hosts, requests, (host, request) => {
        const { steps } = plan(host, request)
        const gone = taken(steps)
        for (const name of names(steps, ({ action, reason }) => action === 'skip' && reason === 'in-use')) {
          const last = host.namespaces.some(
            ({ uses, paths }) =>
              uses.length > 0 &&
              paths.some(path => path.controller === name) &&
              !paths.some(path => path.live && path.controller !== name && !gone.includes(path.controller)),
          )
          expect(last).toBe(true)
        }
      }),
    )
  })

  // A path may go when the filter leaves another one, so that pair is the exception: one of two has to stay, not a certain one.
  test('a narrower filter takes nothing more, but for paths that only stayed for want of another', () => {
    fc.assert(
      fc.property(hosts, filters, filters, fc.constantFrom('unowned', 'force'), (host, filter, more, kind) => {
        const narrow = Object.fromEntries(
          (Object.keys(filter) as (keyof Filter)[]).map(key => [key, filter[key] ?? more[key]]),
        )
        const wide = plan(host, { kind, filter }).steps
        const spared = names(wide, ({ reason }) => reason === 'in-use')
        for (const name of taken(plan(host, { kind, filter: narrow }).steps))
          expect([...taken(wide), ...spared]).toContain(name)
      }),
    )
  })

  test('an address selects the same controllers in every spelling, whatever spelling they were connected with', () => {
    const both = fc.tuple(spelledAddresses, spelledAddresses)
    fc.assert(
      fc.property(both, fc.constantFrom('traddr', 'hostTraddr'), (addresses, key) => {
        const controllers = addresses
          .flat()
          .map((text, i) => controller(`nvme${i}`, { address: { text: '', [key]: text } }))
        const host: Host = { controllers, announced: SILENT, ownershipOf: () => unowned, namespaces: [] }
        const wanted = (filter: Filter): string[] => taken(plan(host, { kind: 'unowned', filter }).steps)
        const [first = []] = addresses
        const selected = wanted({ [key]: first[0] })
        for (const spelling of first) expect(wanted({ [key]: spelling })).toEqual(selected)
        expect(selected).toEqual(expect.arrayContaining(first.map((_, i) => `nvme${i}`)))
      }),
    )
  })

  test('the order of the controllers changes nothing', () => {
    fc.assert(
      fc.property(hosts, requests, (host, request) => {
        const turned = { ...host, controllers: host.controllers.toReversed() }
        expect(plan(turned, request)).toEqual(plan(host, request))
        const kinds = plan(host, request).steps.map(step => step.controller.cntrltype === 'discovery')
        expect(kinds).toEqual([...kinds].sort((a, b) => Number(a) - Number(b)))
      }),
    )
  })
})
