import type { Controller } from '@nvmf/controllers'
import type { Ownership } from '@nvmf/registry-core'

export const controller = (name: string, changes: Partial<Controller> = {}): Controller => ({
  name,
  instance: Number(name.slice(4)),
  incarnation: `${name}#1`,
  transport: 'tcp',
  fabrics: true,
  address: { text: '' },
  nqn: `nqn.x:${name}`,
  hostnqn: undefined,
  hostid: undefined,
  state: 'live',
  cntlid: 1,
  cntrltype: 'io',
  numaNode: undefined,
  subsystem: undefined,
  ...changes,
})

export const owned = (owner: string): Ownership => ({ state: 'owned', owner })
export const unowned: Ownership = { state: 'unowned', reason: 'no-entry' }
export const stale: Ownership = { state: 'unowned', reason: 'stale' }
export const unknown: Ownership = { state: 'unknown', reason: 'owner: not UTF-8' }
