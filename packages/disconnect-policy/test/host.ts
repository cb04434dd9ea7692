import type { Controller } from '@nvmf/controllers'
import type { Announced, Ownership } from '@nvmf/registry-core'
import type { Namespace } from '../src/index.ts'

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

/** No other process has announced anything. */
export const SILENT: Announced = { connecting: [], leaving: [] }

/** A namespace that is mounted, and its paths: `nvme1` is live, `!nvme1` is not. */
export const mounted = (name: string, at: string, paths: readonly string[]): Namespace => ({
  name,
  uses: [{ kind: 'mount', namespace: name, device: name, at }],
  paths: paths.map(path => ({ controller: path.replace('!', ''), live: !path.startsWith('!') })),
})
