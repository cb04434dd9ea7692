import type { Listener } from '../kernel/model.ts'
import { UsageError } from './usage.ts'

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

/** A verb that one control command carries out. */
export interface Verb {
  command: string
  /** Names of what follows DIR, all required; they are the command's arguments. */
  operands: readonly string[]
  options: Readonly<Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>>
  /** What the options add to the arguments. */
  args?(values: Values): Record<string, unknown>
}

const plain = (command: string, ...operands: string[]): Verb => ({ command, operands, options: {} })
const listing = (command: string): Verb => ({ command, operands: [], options: { json: { type: 'boolean' } } })

/** The verbs by their words. `start` is not among them: there is nobody to ask yet. */
export const VERBS: Readonly<Record<string, Verb>> = {
  stop: {
    command: 'stop',
    operands: [],
    options: { remove: { type: 'boolean' } },
    args: ({ remove }) => ({ remove: remove === true }),
  },
  status: listing('status'),
  events: listing('events'),
  journal: listing('journal'),
  'modules load': plain('load-modules'),
  'subsystem add': {
    command: 'add-subsystem',
    operands: ['nqn'],
    options: { namespaces: { type: 'string' }, listen: { type: 'string', multiple: true } },
    args: ({ namespaces, listen }) => ({
      ...count('namespaces', namespaces),
      ...(Array.isArray(listen) ? { listeners: listen.map(each => listenerOf(String(each))) } : {}),
    }),
  },
  'subsystem remove': plain('remove-subsystem', 'nqn'),
  'subsystem lose': plain('lose', 'nqn'),
  'subsystem recover': plain('recover', 'nqn'),
  'subsystem expire': plain('expire', 'nqn'),
  'pcie add': {
    command: 'add-pcie',
    operands: ['bdf'],
    options: { nqn: { type: 'string' }, namespaces: { type: 'string' } },
    args: ({ nqn, namespaces }) => ({ ...(nqn === undefined ? {} : { nqn }), ...count('namespaces', namespaces) }),
  },
  'controller remove': plain('remove-controller', 'device'),
  'udev stop-exec-queue': plain('stop-exec-queue'),
  'udev start-exec-queue': plain('start-exec-queue'),
  'udev settle': plain('settle'),
  'udev reverse': plain('reverse'),
  'udev results': listing('results'),
  'fault fail-next': {
    command: 'fail-next',
    operands: ['errno'],
    options: { nqn: { type: 'string' }, times: { type: 'string' } },
    args: ({ nqn, times }) => ({ ...(nqn === undefined ? {} : { nqn }), ...count('times', times) }),
  },
  'fault die-next': plain('die-next', 'at'),
  'fault hold-connects': plain('hold-connects'),
  'fault wait-held': plain('wait-held'),
  'fault release-connects': plain('release-connects'),
  'fault clear': plain('clear-faults'),
}

/** `{ [name]: N }`, or nothing when the option was not given. */
export function count(name: string, value: Values[string]): Record<string, number> {
  if (value === undefined) return {}
  if (!/^\d{1,9}$/.test(String(value))) throw new UsageError(`--${name} takes a number, not "${String(value)}"`)
  return { [name]: Number(value) }
}

function listenerOf(text: string): Listener {
  if (text === 'loop') return { transport: 'loop' }
  const [, traddr, trsvcid] = /^tcp:(.+):(\d+)$/.exec(text) ?? []
  if (traddr === undefined || trsvcid === undefined) {
    throw new UsageError(`--listen takes loop or tcp:ADDRESS:PORT, not "${text}"`)
  }
  return { transport: 'tcp', traddr, trsvcid }
}
