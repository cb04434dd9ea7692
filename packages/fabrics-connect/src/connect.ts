import { type Controller, type OpenDevice, openDeleteController } from '@nvmf/controllers'
import type { Registry } from '@nvmf/registry-core'
import { type Checked, check, isLine, utf8Length, type Values } from './check.ts'
import { FabricsError } from './errors.ts'
import { existing } from './existing.ts'
import { hostIdentity, type TextFiles } from './host-identity.ts'
import { makeController, type Reply, supportedOptions } from './kernel-dialogue.ts'
import { isNumericAddress } from './numeric-address.ts'
import { optionString, withDefaults } from './option-string.ts'
import type { ConnectRequest } from './options.ts'
import { type Recorded, record } from './record.ts'

/** What connecting needs of the world; `connectPorts()` makes them for Node. */
export interface ConnectPorts {
  /** Where the host's file system begins. */
  readonly root: string
  readonly openDevice: OpenDevice
  readonly files: TextFiles
  /** The first address of a host name; rejects if there is none. */
  readonly resolve: (name: string) => Promise<string>
  readonly registry: Pick<Registry, 'publish' | 'reap' | 'ownerOf'>
  /** Present controllers, to name the one that is already connected. */
  readonly controllers: () => Controller[]
}

/** How a connection is to be owned. */
export interface ConnectOptions {
  /** Register the controller for this owner; without it the controller stays unowned. */
  readonly owner?: string | undefined
  /** Fail, and take the connection down again, if the ownership cannot be recorded. */
  readonly requireOwner?: boolean
  /** Asked once the kernel is done, which cannot be interrupted: true takes the connection down again. */
  readonly interrupted?: () => boolean
}

/** A new connection. */
export interface Connected {
  /** `nvme3` */
  readonly device: string
  /** The controller's identifier at the target, if the kernel told it. */
  readonly cntlid: number | undefined
  /** What the registry made of it. */
  readonly ownership: Recorded
  /** One line for each option that was asked for and left out. */
  readonly warnings: readonly string[]
  /** `kernel`: this host has no identity of its own, so the kernel's was used; it changes with every load of the module. */
  readonly identity: 'host' | 'kernel'
}

/**
 * Connects a controller and records its owner before its number can be given to anybody else.
 *
 * The kernel works for seconds (it resolves nothing, but waits for the network); meanwhile the event loop is free.
 * @throws FabricsError, see its codes
 */
export async function connect(
  request: ConnectRequest,
  ports: ConnectPorts,
  options: ConnectOptions = {},
): Promise<Connected> {
  const { owner } = options
  if (options.requireOwner && owner === undefined) {
    throw new FabricsError('bad-option', 'owner: is required', { option: 'owner' })
  }
  if (owner !== undefined) checkOwner(owner)
  const checked = check(request)
  // First of all, because without the driver the rest does not matter.
  const supported = await supportedOptions(ports.openDevice, ports.root)
  const values = await complete(checked, request, ports)
  const { text, warnings } = optionString(checked, values, supported)
  try {
    return await makeController(ports.openDevice, ports.root, text, async reply => {
      if (options.interrupted?.()) throw await undo(reply, ports, 'interrupted', 'interrupted')
      const ownership = record(ports.registry, reply.device, owner)
      if (ownership.outcome === 'gone') {
        throw new FabricsError('gone', `${reply.device} went away again at once`, { device: reply.device })
      }
      if (options.requireOwner) await insist(reply, ownership, ports)
      const identity = values.has('hostid') ? 'host' : 'kernel'
      return { ...reply, ownership, warnings, identity }
    })
  } catch (error) {
    throw error instanceof FabricsError && error.code === 'already-connected'
      ? existing(checked, values, ports, error)
      : error
  }
}

/** Defaults, the host's identity, and addresses in figures: the kernel resolves no names. */
async function complete(checked: Checked, request: ConnectRequest, ports: ConnectPorts): Promise<Values> {
  const values = withDefaults(checked, request)
  const text = (key: 'hostnqn' | 'hostid' | 'traddr'): string | undefined => values.get(key) as string | undefined
  const identity = hostIdentity(ports.files, ports.root, { hostnqn: text('hostnqn'), hostid: text('hostid') })
  if (identity !== undefined) {
    values.set('hostnqn', identity.hostnqn).set('hostid', identity.hostid)
    // What the files say is held to the same rules as a flag.
    check({ ...request, ...identity })
  }
  const traddr = text('traddr')
  if (
    traddr !== undefined &&
    (checked.transport === 'tcp' || checked.transport === 'rdma') &&
    !isNumericAddress(traddr)
  ) {
    values.set('traddr', await resolved(traddr, ports))
  }
  return values
}

async function resolved(name: string, ports: ConnectPorts): Promise<string> {
  const address = await ports.resolve(name).catch((error: unknown) => {
    throw new FabricsError('unresolved', `${name} has no address`, { option: 'traddr', cause: error })
  })
  if (isNumericAddress(address)) return address
  throw new FabricsError('unresolved', `${name} has no IP address`, { option: 'traddr' })
}

/** With `requireOwner`: a controller that is not recorded for its owner does not stay. */
async function insist(reply: Reply, ownership: Recorded, ports: ConnectPorts): Promise<void> {
  if (ownership.outcome === 'owned') {
    // Somebody else's by now: taking it down would be what the registry exists to prevent.
    const { device } = reply
    throw new FabricsError('owned', `${device} was claimed by ${ownership.owner} first`, {
      device,
      owner: ownership.owner,
      stillConnected: true,
    })
  }
  if (ownership.outcome === 'failed') {
    throw await undo(
      reply,
      ports,
      'not-recorded',
      `its owner cannot be recorded (${ownership.error.message})`,
      ownership.error,
    )
  }
}

/** Takes the new controller down, its number still pinned, and gives the error that says so. */
async function undo(
  { device }: Reply,
  { openDevice, root }: ConnectPorts,
  code: 'not-recorded' | 'interrupted',
  why: string,
  cause?: unknown,
): Promise<FabricsError> {
  try {
    const handle = await openDeleteController(openDevice, root, device)
    await handle.delete().finally(handle.close)
  } catch (error) {
    const message = `${device}: ${why}; it could not be taken down again and is still connected`
    return new FabricsError(code, message, { device, stillConnected: true, cause: cause ?? error })
  }
  return new FabricsError(code, `${device}: ${why}; the connection was taken down again`, { device, cause })
}

/** The registry's rule for owners, applied before anything is connected (docs/registry-format.md: one line, at most 4096 bytes). */
function checkOwner(owner: string): void {
  if (owner === '') throw badOwner('must not be empty')
  if (utf8Length(owner) > 4096) throw badOwner('must not be longer than 4096 bytes')
  if (!isLine(owner)) throw badOwner('must be one line without control characters')
}

const badOwner = (why: string): FabricsError => new FabricsError('bad-option', `owner: ${why}`, { option: 'owner' })
