import { type Registry, RegistryError } from '@nvmf/registry-core'
import { complete } from './complete.ts'
import type { Connected, ConnectOptions, ConnectPorts } from './connect.ts'
import { FabricsError } from './errors.ts'
import { already, lookFor, sentence } from './existing.ts'
import { supportedOptions } from './kernel-dialogue.ts'
import { optionString } from './option-string.ts'
import { type ConnectRequest, optionTable } from './options.ts'
import { checkOwnership } from './owner.ts'
import type { Settled } from './settle.ts'

/** What a {@link connect} would do, as far as that is known without the target. */
export interface Preview extends Pick<Connected, 'identity' | 'warnings'> {
  /** What the kernel would be told, in its own words; instead of a secret `…`. */
  readonly options: string
  /** The connection that exists already (only with `idempotent`), and what would become of its ownership. */
  readonly existing?: { readonly device: string; readonly ownership: Settled; readonly text: string }
}

/**
 * Goes the way of {@link connect} up to where it would change something: checks, resolves the host name, asks the kernel
 * which options it knows, looks for a connection that exists. It loads no module, connects nothing and claims nothing.
 *
 * @throws FabricsError, as connect would: what it refuses, this refuses too. An error's `ownership` is what would become of it
 */
export async function previewConnect(
  request: ConnectRequest,
  ports: ConnectPorts,
  options: ConnectOptions = {},
): Promise<Preview> {
  checkOwnership(options)
  const { checked, values, identity, warnings } = await complete(request, ports, { race: work => work })
  const { supported, remarks } = await knownOptions(ports)
  const { shown, warnings: dropped } = optionString(checked, values, supported)
  const more = { identity, warnings: [...warnings, ...remarks, ...dropped] }
  const preview = { options: shown, ...more }
  const present = values.has('duplicateConnect') ? undefined : lookFor(checked, values, ports)
  if (present === undefined) return preview
  const asIf = { controllers: ports.controllers, registry: rehearsed(ports.registry) }
  const found = already(present, options, asIf, more, { tense: 'would' })
  // It went while it was looked at, so a new one would be made.
  if (found === undefined) return preview
  const { device } = found
  const ownership = found.ownership as Settled
  return { ...preview, existing: { device, ownership, text: sentence(device, ownership, options.owner, 'would') } }
}

/** Loading a module is a change: what a kernel without it knows is not known, and is not said to be missing. */
async function knownOptions({
  openDevice,
  root,
  loadModule,
}: ConnectPorts): Promise<{ supported: ReadonlySet<string>; remarks: string[] }> {
  try {
    return { supported: await supportedOptions(openDevice, root), remarks: [] }
  } catch (error) {
    if (loadModule === undefined || !(error instanceof FabricsError) || error.code !== 'no-module') throw error
    const remark = 'nvme-fabrics is not loaded, and would be: which options this kernel knows is not known'
    return { supported: new Set(optionTable.map(({ token }) => token)), remarks: [remark] }
  }
}

const unknown = (device: string, reason: string): RegistryError =>
  new RegistryError('unknown-owner', `${device}'s owner cannot be read: ${reason}`, { device })

type Settling = Pick<Registry, 'ownerOf' | 'claim' | 'release'>

/** Answers as the registry would, by whose the controller is now, and changes nothing. */
function rehearsed(registry: Pick<Registry, 'ownerOf'>): Settling {
  return {
    ownerOf: (device, incarnation) => registry.ownerOf(device, incarnation),
    claim(device, owner, { steal, incarnation } = {}) {
      const now = registry.ownerOf(device, incarnation)
      if (now.state === 'unowned') return { outcome: 'claimed' }
      if (now.state === 'owned' && now.owner === owner) return { outcome: 'already-ours' }
      if (steal) return now.state === 'owned' ? { outcome: 'stolen', from: now.owner } : { outcome: 'stolen' }
      if (now.state === 'unknown') throw unknown(device, now.reason)
      throw new RegistryError('owned', `${device} is owned by '${now.owner}'`, { device, owner: now.owner })
    },
    release(device, { incarnation } = {}) {
      const now = registry.ownerOf(device, incarnation)
      if (now.state === 'unknown') throw unknown(device, now.reason)
      return now.state === 'owned' ? now.owner : undefined
    },
  }
}
