import type { Controller } from '@nvmf/controllers'
import type { Ownership } from '@nvmf/registry-core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plan, type Request } from '../src/index.ts'
import { controller, owned, stale, unknown, unowned } from './host.ts'

/** One controller of each kind. */
const HOST: readonly [Controller, Ownership][] = [
  [controller('nvme0', { transport: 'pcie', fabrics: false }), unowned],
  [controller('nvme1'), unowned],
  [controller('nvme2'), stale],
  [controller('nvme3'), owned('stas')],
  [controller('nvme4'), owned('nbft')],
  [controller('nvme5'), unknown],
  [controller('nvme6', { transport: 'loop' }), unowned],
  [controller('nvme7', { transport: undefined, fabrics: false }), unowned],
]
const decide = (request: Request, host = HOST): string[] =>
  plan(
    host.map(([each]) => each),
    each => host.find(([one]) => one === each)?.[1] ?? unknown,
    request,
  ).steps.map(step => `${step.controller.name} ${step.action} ${step.reason}${step.owner ? ` ${step.owner}` : ''}`)

describe('who goes', () => {
  test('by default what nobody owns', () => {
    expect(decide({ kind: 'unowned' })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme1 disconnect unowned',
      'nvme2 disconnect unowned',
      'nvme3 skip owned stas',
      'nvme4 skip owned nbft',
      'nvme5 skip ownership-unknown',
      'nvme6 disconnect unowned',
      'nvme7 skip not-fabrics',
    ])
  })
  test("one owner's, and nothing else", () => {
    expect(decide({ kind: 'owner', owner: 'stas' })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme1 skip unowned',
      'nvme2 skip unowned',
      'nvme3 disconnect owned-by-you stas',
      'nvme4 skip owned nbft',
      'nvme5 skip ownership-unknown',
      'nvme6 skip unowned',
      'nvme7 skip not-fabrics',
    ])
  })
  test('by force everything that is known not to be local', () => {
    expect(decide({ kind: 'force', transport: 'tcp' })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme1 disconnect forced',
      'nvme2 disconnect forced',
      'nvme3 disconnect forced stas',
      'nvme4 disconnect forced nbft',
      'nvme5 disconnect forced',
      'nvme6 skip filtered',
      'nvme7 skip not-fabrics',
    ])
  })
  test('by name exactly those, whoever owns them, but nothing local', () => {
    expect(decide({ kind: 'named', devices: ['nvme3', 'nvme0'], nqns: ['nqn.x:nvme5'] })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme3 disconnect named stas',
      'nvme5 disconnect named',
    ])
  })
})

describe('always', () => {
  const ownership = fc.constantFrom(unowned, stale, owned('stas'), owned('nbft'), unknown)
  const host = fc.array(
    fc.tuple(
      fc
        .record({ fabrics: fc.boolean(), transport: fc.constantFrom('tcp', 'rdma', undefined) })
        .map(changes => controller('nvme1', changes)),
      ownership,
    ),
  )
  const transport = fc.constantFrom('tcp', undefined)

  test('nothing is taken that is owned or unknown, unless asked for by name or force; nothing local ever', () => {
    fc.assert(
      fc.property(host, transport, fc.constantFrom('stas', undefined), (controllers, filter, owner) => {
        const request: Request =
          owner === undefined ? { kind: 'unowned', transport: filter } : { kind: 'owner', owner, transport: filter }
        const { steps } = plan(
          controllers.map(([each]) => each),
          each => controllers.find(([one]) => one === each)?.[1] ?? unknown,
          request,
        )
        expect(steps.length).toBe(controllers.length)
        for (const { action, controller: each, ownership: judged, owner: whose } of steps) {
          if (action === 'skip') continue
          expect(each.fabrics).toBe(true)
          expect(judged.state).not.toBe('unknown')
          expect(whose).toBe(owner)
          expect([filter ?? each.transport]).toContain(each.transport)
        }
      }),
    )
  })
})
