import { errnoOf } from '../src/sys.ts'
import { decodeUtf8, encodeUtf8 } from '../src/utf8.ts'
import { SysError } from './memory-fs.ts'
import type { ProgramSys } from './world.ts'

/**
 * A process whose program is plain code, run one system call at a time.
 *
 * Nothing is suspended: the program is run again from its beginning with the replies that it has had so far, and stopped
 * at the first call that has no reply yet. So a process in the middle of its work is a list of replies - data that can be
 * kept, compared and branched - and as the same list always leads to the same call, each is run only once.
 *
 * That needs programs which depend on nothing but the replies. Everything from outside comes through the port.
 */
export interface Call {
  readonly op: keyof ProgramSys
  readonly args: readonly unknown[]
}

export type Reply = { readonly ok: unknown } | { readonly errno: string }

/** Where a process stands: about to make a call, or ended with a result or an error. */
export type Standing = { readonly call: Call } | { readonly result: unknown } | { readonly error: Error }

export type Program = (sys: ProgramSys) => unknown

const OPS: readonly (keyof ProgramSys)[] = [
  ...([
    'openDir',
    'close',
    'stat',
    'readFile',
    'readdir',
    'unlink',
    'symlink',
    'readlink',
    'isGone',
    'rmdir',
    'mkdir',
    'writeFile',
    'rename',
    'link',
  ] as const),
  ...(['openNode', 'token', 'listen', 'holds', 'connect', 'unpin', 'removeEvent', 'holdDelete', 'deleteHeld'] as const),
]

/** A point in a process's life: the replies that it has had, and where they have led it. */
export class Point {
  readonly standing: Standing
  readonly #program: Program
  readonly #replies: readonly Reply[]

  constructor(program: Program, replies: readonly Reply[] = []) {
    this.#program = program
    this.#replies = replies
    this.standing = run(program, replies)
  }

  get isFirst(): boolean {
    return this.#replies.length === 0
  }

  after(reply: Reply): Point {
    return new Point(this.#program, [...this.#replies, reply])
  }
}

/** Performs a call on a world's port; what is not an errno (a blocked call, a bug) is thrown on. */
export function perform(sys: ProgramSys, call: Call): Reply {
  try {
    const value = (sys[call.op] as (...args: unknown[]) => unknown)(...call.args.map(thaw))
    return { ok: freeze(value) }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return { errno }
  }
}

class Stop extends Error {}
const STOP = new Stop()

function run(program: Program, replies: readonly Reply[]): Standing {
  let used = 0
  let pending: Call | undefined
  const answer = (op: keyof ProgramSys, args: readonly unknown[]): unknown => {
    const reply = pending === undefined ? replies[used++] : undefined
    if (reply === undefined) {
      // Calls made while the stop travels up (a finally that closes) are not the program's next ones.
      pending ??= { op, args: args.map(freeze) }
      throw STOP
    }
    if ('errno' in reply) throw new SysError(reply.errno, `${op} ${args.join(' ')}`)
    return thaw(reply.ok)
  }
  const sys = Object.fromEntries(OPS.map(op => [op, (...args: unknown[]) => answer(op, args)])) as unknown as ProgramSys
  try {
    const result = program(sys)
    return pending === undefined ? { result } : { call: pending }
  } catch (error) {
    if (pending !== undefined) return { call: pending }
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** Bytes as text, so that calls and replies can be compared and printed. */
function freeze(value: unknown): unknown {
  if (value instanceof Uint8Array) return { utf8: decodeUtf8(value) ?? '\ufffd' }
  if (isRecord(value) && value['bytes'] instanceof Uint8Array) return { ...value, bytes: freeze(value['bytes']) }
  return value
}

function thaw(value: unknown): unknown {
  if (!isRecord(value)) return value
  if (typeof value['utf8'] === 'string') return encodeUtf8(value['utf8'])
  return isRecord(value['bytes']) ? { ...value, bytes: thaw(value['bytes']) } : value
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `rename /run/… -> …`, for schedules. */
export function showCall({ op, args }: Call): string {
  const shown = args.map(arg =>
    isRecord(arg) ? JSON.stringify(arg['utf8']) : String(arg).replace('/run/nvme/registry/', ''),
  )
  return [op, ...shown].join(' ')
}

/** What the explorer knows of a process's descriptor. */
export type Behind = 'own staging directory' | 'directory' | 'other'

/** Who can notice a call, and whose steps can change its reply? */
export type Reach =
  /** Others: it is interleaved with everything that they do. */
  | 'shared'
  /** Nobody while the process lives, but it leaves something behind if the process is killed. */
  | 'own'
  /** Nobody ever; a killed process has not made it. */
  | 'passing'

const CONSTANT = ['/run/nvme/registry', '/sys/class', '/proc/self/ns/pid']
const WITHIN = /^\/proc\/self\/fd\/([0-9]+)(\/?)/

/**
 * A call that is not `shared` need not be interleaved:
 * - asking for a token;
 * - opening or looking at what never changes: the registry itself, /sys/class, an open directory's own inode;
 * - closing a directory, which unlike a controller's node pins nothing;
 * - opening the process's own staging directory, and filling it: its name is its writer's alone, readers skip it, and a sweep
 *   leaves it while the writer lives. That it is there can be seen, so making it is shared.
 */
export function reachOf({ op, args }: Call, process: string, behind: (fd: number) => Behind): Reach {
  if (op === 'token') return 'passing'
  if (op === 'close') return behind(args[0] as number) === 'other' ? 'shared' : 'passing'
  const path = String(args[0])
  if (op === 'openDir') return isStagingOf(process, path) || CONSTANT.includes(path) ? 'passing' : 'shared'
  const within = WITHIN.exec(path)
  if (op === 'stat') return CONSTANT.includes(path) || (within !== null && within[2] === '') ? 'passing' : 'shared'
  const fills = op === 'writeFile' && within !== null && behind(Number(within[1])) === 'own staging directory'
  return fills ? 'own' : 'shared'
}

/**
 * The same in a scenario that is still: the controller's node and sysfs directory, the entry's directory and its incarnation
 * do not change, and only who knows the token of an unfinished file finds it.
 */
export function reachInStillness(call: Call, process: string, behind: (fd: number) => Behind): Reach {
  const { op, args } = call
  const path = String(args[0])
  const lists = op === 'readdir' && args[1] === undefined
  const writesIdentity = RENAMES.has(op) && args.some(arg => String(arg).endsWith('/incarnation'))
  if (MOVES.has(op) || lists || writesIdentity) throw new Error(`${process} is not still: ${showCall(call)}`)
  if (op === 'openNode' || op === 'openDir' || op === 'close' || op === 'stat') return 'passing'
  if (op === 'readFile' && (path.endsWith('/incarnation') || path.startsWith('/sys/'))) return 'passing'
  const unfinished = op === 'writeFile' || (op === 'symlink' && !String(args[1]).includes('.step-'))
  return unfinished ? 'own' : reachOf(call, process, behind)
}

/** Calls that give an attribute's file a name, or take it away. */
const RENAMES: ReadonlySet<string> = new Set(['unlink', 'symlink', 'writeFile', 'rename', 'link'])
/** Calls that have to do with a controller's or an entry's coming and going. */
const MOVES: ReadonlySet<string> = new Set('mkdir rmdir connect unpin removeEvent holdDelete deleteHeld'.split(' '))

/** Is this the name of a directory that the process made? A token ends in the process's name and a number (world.ts). */
export const isStagingOf = (process: string, path: string): boolean =>
  /\/\.nvme0\.new\.[0-9]+\.[^-]+-[^-]+-([A-Za-z0-9]+)x[0-9]+$/.exec(path)?.[1] === process
