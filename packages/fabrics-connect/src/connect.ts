import type { Controller, OpenDevice } from '@nvmf/controllers'
import type { Announcements, Registry } from '@nvmf/registry-core'
import { announce } from './announce.ts'
import { type Complete, complete } from './complete.ts'
import { FabricsError } from './errors.ts'
import { already, inventory, lookFor } from './existing.ts'
import type { HostFiles } from './host-identity.ts'
import { inTurn } from './in-turn.ts'
import { insist } from './insist.ts'
import { makeController, supportedOptions } from './kernel-dialogue.ts'
import type { KernelLog } from './kernel-log.ts'
import type { InterfaceOf } from './match.ts'
import { withModules } from './modules.ts'
import { optionString } from './option-string.ts'
import type { ConnectRequest } from './options.ts'
import { checkOwnership } from './owner.ts'
import { Patience, type PatienceOptions } from './patience.ts'
import { type Recorded, record } from './record.ts'
import type { Settled, Wanted } from './settle.ts'
import { type Looks, type Made, madeAs } from './take-down.ts'
import type { Family } from './transport-address.ts'
import { undo } from './undo.ts'

/** What connecting needs of the world; `connectPorts()` makes them for Node. */
export interface ConnectPorts {
  /** Where the host's file system begins. */
  readonly root: string
  readonly openDevice: OpenDevice
  readonly files: HostFiles
  /** The first address of a host name. Rejects with the code `ENOTFOUND` if there is none, otherwise if it cannot tell. */
  readonly resolve: (name: string, family?: Family) => Promise<string>
  readonly registry: Pick<Registry, 'publish' | 'reap' | 'ownerOf' | 'claim' | 'release'>
  /** Records announcements: a connect for an owner is announced before the kernel is asked. */
  readonly announcements: Pick<Announcements, 'connecting'>
  /** Present controllers, to find the one that is already connected. */
  readonly controllers: () => Controller[]
  /** The look before a controller that was just made is taken down again. */
  readonly looks: Looks
  /** Tells which connection goes out through which interface; without it none is told apart by that. */
  readonly interfaceOf?: InterfaceOf
  /** Loads a kernel module; never rejects. Without it none is loaded. */
  readonly loadModule?: (name: string) => Promise<void>
  /** The kernel's log from now on, if it can be read. */
  readonly kernelLog?: () => KernelLog | undefined
}

/** How a connection is to be owned, and how long to wait for it. */
export interface ConnectOptions extends Wanted, PatienceOptions {
  /**
   * Register the controller for this owner. Without it a new controller stays unowned and one that is connected already
   * stays whose it is; empty makes that one nobody's.
   */
  readonly owner?: string | undefined
  /** Of a controller that is connected already: take it from its present owner. */
  readonly steal?: boolean
  /**
   * Fail if the ownership cannot be recorded, and take a new connection down again: unless another owner has it by then, or
   * it is in use.
   */
  readonly requireOwner?: boolean
  /** A connection that exists is a success, not `already-connected`. */
  readonly idempotent?: boolean
  /**
   * Called right before the kernel is asked, with what it is told: its own words, and `…` instead of every secret. If it
   * throws, the kernel is not asked.
   */
  readonly asking?: (options: string) => void
}

/** A connection. */
export interface Connected {
  /** `nvme3` */
  readonly device: string
  /** The controller's identifier at the target, if the kernel told it. */
  readonly cntlid: number | undefined
  /** It was there before (only with `idempotent`). */
  readonly alreadyConnected: boolean
  /** What the registry made of it. */
  readonly ownership: Recorded | Settled
  /** One line for each option that was asked for and left out, and for a host identity of two parts that disagree. */
  readonly warnings: readonly string[]
  /** `kernel`: this host has no identity of its own, so the kernel's was used; it changes with every load of the module. */
  readonly identity: 'host' | 'kernel'
}

/**
 * Connects a controller and records its owner before its number can be given to anybody else; or finds that it is
 * connected already, and settles whose it is by compare-and-set.
 *
 * The kernel works for seconds (it resolves nothing, but waits for the network); meanwhile the event loop is free, and one
 * of Node's file threads is busy, however many connects are under way: they take turns, as they would in the kernel.
 *
 * @throws FabricsError, see its codes
 */
export async function connect(
  request: ConnectRequest,
  ports: ConnectPorts,
  options: ConnectOptions = {},
): Promise<Connected> {
  checkOwnership(options)
  const patience = new Patience(options)
  try {
    const whole = await complete(request, ports, patience)
    return await patience.race(inTurn(ports.root, patience, () => attempt(whole, ports, options, patience)))
  } finally {
    patience.end()
  }
}

/**
 * The controller that `connect` would find connected already, by the same rules; undefined if there is none.
 * @throws FabricsError `bad-option`, `no-host-identity`, `unresolved`
 */
export async function findExisting(request: ConnectRequest, ports: ConnectPorts): Promise<Controller | undefined> {
  const { checked, values } = await complete(request, ports, { race: work => work })
  return lookFor(checked, values, ports)
}

async function attempt(
  whole: Complete,
  ports: ConnectPorts,
  options: ConnectOptions,
  patience: Patience,
): Promise<Connected> {
  const { checked, values, identity } = whole
  // First of all, because without the driver the rest does not matter; and it waits for whoever is connecting now.
  const supported = await withModules(checked.transport, ports, () => supportedOptions(ports.openDevice, ports.root))
  const { text, shown, warnings: dropped } = optionString(checked, values, supported)
  let more = { identity, warnings: [...whole.warnings, ...dropped] }
  const present = values.has('duplicateConnect') ? undefined : lookFor(checked, values, ports)
  if (present !== undefined) {
    patience.decide()
    const found = already(present, options, ports, more)
    if (found !== undefined) return found
  }
  const { announcement, warnings: unannounced } = await announce(whole, options, ports)
  more = { identity, warnings: [...more.warnings, ...unannounced] }
  const dialogue = {
    open: ports.openDevice,
    root: ports.root,
    ready: () => {
      patience.askKernel()
      options.asking?.(shown)
    },
    kernelLog: ports.kernelLog ?? (() => undefined),
    present: () => inventory(ports).map(({ name }) => name),
  }
  try {
    return await makeController(dialogue, text, async reply => {
      const made = madeAs(reply.device, ports)
      if (patience.over) throw await undo(made, options.owner, ports, patience.over, TOO_LATE[patience.over])
      patience.decide()
      return { ...reply, alreadyConnected: false, ownership: await own(made, options, ports), ...more }
    })
  } catch (error) {
    if (!(error instanceof FabricsError) || error.code !== 'already-connected' || patience.over) throw error
    patience.decide()
    const other = lookFor(checked, values, ports)
    const settled = other === undefined ? undefined : already(other, options, ports, more, { cause: error.cause })
    if (settled === undefined) throw error
    return settled
  } finally {
    // Behind the record, or the claim: a process that finds it withdrawn finds the owner.
    announcement?.withdraw()
  }
}

const TOO_LATE = { interrupted: 'interrupted', deadline: 'connected too late' } as const

async function own(made: Made, options: ConnectOptions, ports: ConnectPorts): Promise<Recorded> {
  const { device } = made
  const ownership = record(ports.registry, device, options.owner === '' ? undefined : options.owner)
  if (ownership.outcome === 'gone') throw new FabricsError('gone', `${device} went away again at once`, { device })
  const missing = options.requireOwner ? insist(device, ownership) : undefined
  if (missing === undefined) return ownership
  throw await undo(made, options.owner, ports, 'not-recorded', missing.why, missing.error)
}
