import { errnoOf } from '../src/sys.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import type { Program } from './actor.ts'
import { resultsOf, type Seen, Violation } from './scenario.ts'
import { DEVICE, ENTRY, type ProgramSys } from './world.ts'

/**
 * libnvme 3's registry as it is (registry.c and 70-nvmf-registry.rules of nvme-cli 3.0-rc1), over the same port. It is here
 * for two reasons: to run beside ours, and to fail - a checker that finds nothing in it would find nothing in ours.
 */

const REGISTRY = '/run/nvme/registry'

/** Connects and registers. */
export const libnvmeConnectsFor =
  (owner: string): Program =>
  sys => {
    sys.connect()
    const registered = register(sys, owner)
    sys.unpin()
    return registered ? 'registered' : 'failed'
  }

/** What `connect --owner` does to a controller that is connected already. */
export const libnvmeRegistersFor =
  (owner: string): Program =>
  sys =>
    register(sys, owner)

/** `registry update` of a controller that was just connected: in the open, and with whatever stamp a person gave it. */
export const libnvmeUpdatesFor =
  (owner: string, stamp: string): Program =>
  sys => {
    sys.connect()
    attempt(() => sys.mkdir(ENTRY, 0o755))
    attempt(() => sys.writeFile(`${ENTRY}/seqnum`, encodeUtf8(`${stamp}\n`), 0o644))
    const registered = attempt(() => sys.writeFile(`${ENTRY}/owner`, encodeUtf8(`${owner}\n`), 0o644))
    sys.unpin()
    return registered ? 'registered' : 'failed'
  }

/** Hidden directory, stamp, owner; then the old entry is moved away and purged; then the rename. */
function register(sys: ProgramSys, owner: string): boolean {
  const hidden = `${REGISTRY}/.${DEVICE}.tmp.${sys.token()}`
  sys.mkdir(hidden, 0o755)
  sys.writeFile(`${hidden}/seqnum`, read(sys, '/sys/kernel/uevent_seqnum'), 0o644)
  sys.writeFile(`${hidden}/owner`, encodeUtf8(`${owner}\n`), 0o644)
  const trash = `${REGISTRY}/.trash.${sys.token()}`
  sys.mkdir(trash, 0o755)
  if (attempt(() => sys.rename(ENTRY, trash))) purge(sys, trash)
  else attempt(() => sys.rmdir(trash))
  return attempt(() => sys.rename(hidden, ENTRY))
}

/** The rule's shell line: node there? event not newer than the stamp? else rm -rf. */
export const libnvmeRule: Program = sys => {
  const event = Number(sys.removeEvent())
  if (attempt(() => sys.stat(`/dev/${DEVICE}`))) return 'node is there'
  let stamp = '0'
  attempt(() => {
    stamp = String.fromCharCode(...read(sys, `${ENTRY}/seqnum`)).trim()
  })
  // `[ 5 -le x ]` fails with status 2, which `||` takes for "no": what does not parse is deleted.
  if (event <= Number(stamp)) return 'entry is newer'
  purge(sys, ENTRY)
  return 'removed'
}

function purge(sys: ProgramSys, path: string): void {
  let names: string[] = []
  attempt(() => {
    names = sys.readdir(path)
  })
  for (const name of names) attempt(() => sys.unlink(`${path}/${name}`))
  attempt(() => sys.rmdir(path))
}

function read(sys: ProgramSys, path: string): Uint8Array {
  const file = sys.readFile(path, 64)
  return file.kind === 'file' ? file.bytes : new Uint8Array()
}

function attempt(call: () => unknown): boolean {
  try {
    call()
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

/** What must hold for any registry: who has registered its controller keeps the entry while the controller lives. */
export interface Registered {
  readonly incarnation: string | null
}

export function watchRegistered(before: Registered | undefined, seen: Seen): Registered {
  const { world } = seen
  const live = world.live() ?? null
  const done = resultsOf(seen)[0] === 'registered'
  const incarnation = done ? (before?.incarnation ?? live) : null
  if (incarnation !== null && incarnation === live && world.entry()?.files['owner'] === undefined) {
    throw new Violation('P1: the live controller was registered and its entry is gone')
  }
  return { incarnation }
}

export function endsWithoutOrphan({ world }: Seen): void {
  if (world.entry() !== undefined && world.live() === undefined) {
    throw new Violation('P2: the controller is gone, every event is handled, and its entry is there for ever')
  }
}

/** `registry update`: the entry is made in the open if it is not there, then one attribute by temporary name and rename. */
export const libnvmeSets =
  (attribute: string, value: string): Program =>
  sys => {
    attempt(() => sys.mkdir(ENTRY, 0o755))
    const unfinished = `${ENTRY}/${attribute}.tmp.${TOKEN}`
    if (!attempt(() => sys.writeFile(unfinished, encodeUtf8(`${value}\n`), 0o644))) return 'failed'
    if (attempt(() => sys.rename(unfinished, `${ENTRY}/${attribute}`))) return 'set'
    attempt(() => sys.unlink(unfinished))
    return 'failed'
  }

/** `registry delete`: the entry is moved away and purged. */
export const libnvmeDelete: Program = sys => {
  const trash = `${REGISTRY}/.trash.${TOKEN}`
  sys.mkdir(trash, 0o755)
  const moved = attempt(() => sys.rename(ENTRY, trash))
  purge(sys, trash)
  return moved ? 'deleted' : 'not there'
}

/** Six characters of mkstemp, which say nothing of their writer. */
const TOKEN = 'a1B2c3'
