import type { Announced, Ownership } from '@nvmf/registry-core'
import type { ExecutePorts, Namespace } from '../src/index.ts'
import { SILENT, unowned } from './host.ts'

/** What a host shows right before a deletion; unless told otherwise, nothing speaks against it. */
interface Shown {
  readonly announced?: Announced
  readonly ownership?: Ownership
  readonly namespaces?: readonly Namespace[]
  /** Why nothing can be declared. */
  readonly undeclared?: Error
}

/** The ports of an execution, and every call of them in order. */
export function execution(
  names: readonly string[],
  { announced = SILENT, ownership = unowned, namespaces = [], undeclared }: Shown = {},
): { ports: ExecutePorts; log: string[] } {
  const log: string[] = []
  const seen = <T>(what: string, value: T): T => {
    log.push(what)
    return value
  }
  const ports: ExecutePorts = {
    async declare(incarnations) {
      log.push(`declare ${[...incarnations].join(' ')}`)
      if (undeclared !== undefined) throw undeclared
      return { others: () => seen('others', announced), withdraw: () => void log.push('withdraw') }
    },
    openDelete: async device =>
      seen(`open ${device}`, {
        delete: async () => seen(`delete ${device}`, 'deleted' as const),
        close: async () => void log.push(`close ${device}`),
      }),
    incarnationOf: device => (names.includes(device) ? `${device}#1` : undefined),
    stateOf: () => undefined,
    namespacesOf: device => seen(`namespacesOf ${device}`, namespaces),
    registry: { ownerOf: device => seen(`ownerOf ${device}`, ownership) },
  }
  return { ports, log }
}
