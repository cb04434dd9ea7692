import { RegistryError } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { execute, plan, type Request } from '../src/index.ts'
import { execution } from './execution.ts'
import { controller, mounted, owned, SILENT, unowned } from './host.ts'

const planned = (request: Request = { kind: 'unowned' }) =>
  plan({ controllers: [controller('nvme1')], announced: SILENT, ownershipOf: () => unowned, namespaces: [] }, request)
const FORCE: Request = { kind: 'force' }

describe('what others announce between the plan and the deletion', () => {
  test('is looked at before the owner and the paths', async () => {
    const { ports, log } = execution(['nvme1'])
    await execute(planned(), ports)
    expect(log).toEqual([
      'declare nvme1,nvme1#1',
      'open nvme1',
      'others',
      'ownerOf nvme1',
      'namespacesOf nvme1',
      'delete nvme1',
      'close nvme1',
      'withdraw',
    ])
  })
  test('as a connect: the controller stays', async () => {
    const { ports, log } = execution(['nvme1'], { announced: { ...SILENT, connecting: [{ owner: 'stas' }] } })
    const [result] = await execute(planned(), ports)
    expect(result).toMatchObject({ outcome: 'changed', now: 'being-connected', connecting: { owner: 'stas' } })
    expect(log).not.toContain('delete nvme1')
  })
  test('as a connect that has recorded its owner by then: the owner decides', async () => {
    const announced = { ...SILENT, connecting: [{ owner: 'stas' }] }
    const { ports } = execution(['nvme1'], { announced, ownership: owned('stas') })
    expect(await execute(planned(), ports)).toMatchObject([{ outcome: 'changed', now: 'owned-by', owner: 'stas' }])
  })
  test('as a disconnect of the other path: this one stays', async () => {
    const namespaces = [mounted('nvme0n1', '/', ['nvme1', 'nvme2'])]
    const gone = execution(['nvme1'], { namespaces })
    expect(await execute(planned(), gone.ports)).toMatchObject([{ outcome: 'disconnected' }])
    for (const leaving of [new Map([['nvme2', '7']]), undefined]) {
      const { ports } = execution(['nvme1'], { namespaces, announced: { ...SILENT, leaving: [leaving] } })
      const [result] = await execute(planned(), ports)
      expect(result).toMatchObject({ outcome: 'changed', now: 'in-use', pathsLeaving: ['nvme2'] })
    }
  })
  test('is nothing to a request that nothing stops', async () => {
    const announced = { connecting: [undefined], leaving: [undefined] }
    const { ports, log } = execution(['nvme1'], { announced })
    expect(await execute(planned(FORCE), ports)).toMatchObject([{ outcome: 'disconnected' }])
    expect(log).toEqual(['declare nvme1,nvme1#1', 'open nvme1', 'delete nvme1', 'close nvme1', 'withdraw'])
  })
})

describe('what cannot be declared', () => {
  const error = new RegistryError('io', 'no space')

  test('is not disconnected', async () => {
    const { ports, log } = execution(['nvme1'], { undeclared: error })
    await expect(execute(planned(), ports)).rejects.toBe(error)
    expect(log).toEqual(['declare nvme1,nvme1#1'])
  })
  test('is disconnected where nothing stops the request, and that is told', async () => {
    const { ports, log } = execution(['nvme1'], { undeclared: error })
    const told: unknown[] = []
    const results = await execute(planned(FORCE), ports, { onUndeclared: reason => void told.push(reason) })
    expect(results).toMatchObject([{ outcome: 'disconnected' }])
    expect(told).toEqual([error])
    expect(log).toEqual(['declare nvme1,nvme1#1', 'open nvme1', 'delete nvme1', 'close nvme1'])
  })
})

test('with nothing to disconnect, nothing is declared', async () => {
  const { ports, log } = execution([])
  const none = plan({ controllers: [], announced: SILENT, ownershipOf: () => unowned, namespaces: [] }, FORCE)
  expect(await execute(none, ports)).toEqual([])
  expect(log).toEqual([])
})

test('a declaration is withdrawn when a bug ends the run', async () => {
  const { ports, log } = execution(['nvme1'])
  const broken = {
    ...ports,
    incarnationOf: () => {
      throw new TypeError('bug')
    },
  }
  await expect(execute(planned(), broken)).rejects.toThrow('bug')
  expect(log.at(-1)).toBe('withdraw')
})
