import type { ControllersError, ControllersErrorCode } from '@nvmf/controllers'
import type { FabricsError, FabricsErrorCode } from '@nvmf/fabrics-connect'
import type { RegistryError, RegistryErrorCode } from '@nvmf/registry-core'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** How a command fails: `nvmf: <command>: <why>`, a hint, an exit code. Advice is given here and in no library. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exit: ExitCode
  /** For programs: a library's code, `usage`, or the CLI's own. */
  readonly code: string
  readonly hint: string | undefined
  readonly device: string | undefined
  readonly owner: string | undefined

  constructor(
    exit: ExitCode,
    code: string,
    why: string,
    details: {
      hint?: string | undefined
      device?: string | undefined
      owner?: string | undefined
      cause?: unknown
    } = {},
  ) {
    super(why, details.cause === undefined ? undefined : { cause: details.cause })
    this.exit = exit
    this.code = code
    this.hint = details.hint
    this.device = details.device
    this.owner = details.owner
  }
}

/** The command line is wrong. */
export const usage = (why: string, hint?: string): Failure => new Failure(EXIT.usage, 'usage', why, { hint })

export const AS_ROOT = 'run it as root'

const NO_SYSFS = 'sysfs has to be mounted at /sys'
export const OWN_PROC =
  'mount proc at /proc in this mount namespace; after nsenter -m also enter the pid namespace (nsenter -m -p)'
const ASK_DOCTOR = 'nvmf doctor says what to do'
const A_CONTROLLER = 'a controller is nvme3 or /dev/nvme3; nvmf list-subsys -v shows which ones lead to a disk'

type Meaning = readonly [ExitCode, (string | undefined)?]

const DENIED: Meaning = [EXIT.permission, AS_ROOT]

const FABRICS: Partial<Record<FabricsErrorCode, Meaning>> = {
  'bad-option': [EXIT.usage],
  'no-module': [EXIT.failure, 'modprobe nvme-fabrics'],
  permission: DENIED,
  'no-host-identity': [EXIT.failure, 'write /etc/nvme/hostnqn and /etc/nvme/hostid, or give --hostnqn and --hostid'],
  'already-connected': [EXIT.alreadyConnected],
  invalid: [EXIT.failure, 'the kernel log (dmesg) says which one'],
  'not-recorded': [EXIT.failure],
  owned: [EXIT.owned],
  interrupted: [EXIT.interrupted],
}

const REGISTRY: Partial<Record<RegistryErrorCode, Meaning>> = {
  'no-sysfs': [EXIT.failure, NO_SYSFS],
  'no-proc': [EXIT.noProc, OWN_PROC],
  'bad-device': [EXIT.usage, A_CONTROLLER],
  'bad-attribute': [EXIT.usage],
  'bad-value': [EXIT.usage],
  'reserved-attribute': [EXIT.usage],
  damaged: [EXIT.failure, ASK_DOCTOR],
  'no-controller': [EXIT.notFound],
  owned: [EXIT.owned],
  changed: [EXIT.notFound],
  'unknown-owner': [EXIT.owned, ASK_DOCTOR],
}

const CONTROLLERS: Partial<Record<ControllersErrorCode, Meaning>> = {
  'no-sysfs': [EXIT.failure, NO_SYSFS],
  'bad-device': [EXIT.usage, A_CONTROLLER],
  'no-controller': [EXIT.notFound],
  permission: DENIED,
}

type LibraryError = FabricsError | ControllersError | RegistryError

/**
 * Any library's error as a failure; a bug stays what it is. An error is known by its name, which is part of each library's
 * API as its code is: to ask for the class would load all of the library, for a command that has no use of it.
 */
export function asFailure(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown
  const error = thrown as LibraryError
  switch (error.name) {
    case 'FabricsError':
      // Who may not read /etc/nvme/hostid need not write one.
      return failure(error, error.code === 'no-host-identity' && isPermission(error.cause) ? DENIED : meaningOf(error))
    case 'ControllersError':
      return failure(error, isPermission(error.cause) ? DENIED : CONTROLLERS[error.code])
    case 'RegistryError':
      return failure(error, isPermission(error.cause) ? DENIED : REGISTRY[error.code])
    default:
      return thrown
  }
}

function meaningOf({ code, ownership, kernelLog: [said] }: FabricsError): Meaning {
  const [exit, hint]: Meaning = FABRICS[code] ?? [EXIT.failure]
  if (ownership?.outcome === 'owned') return [exit, '--steal takes it']
  return [exit, said === undefined ? hint : `the kernel's log has: ${said}`]
}

function failure(
  error: Error & { code: string; device?: string | undefined; owner?: string | undefined },
  [exit, hint]: Meaning = [EXIT.failure],
): Failure {
  const { code, message, device, owner } = error
  return new Failure(exit, code, message, { hint, device, owner, cause: error.cause })
}

/** Is this a system error that root would not have got? */
export const isPermission = (cause: unknown): boolean =>
  ['EACCES', 'EPERM'].includes(String((cause as { code?: unknown } | null)?.code))
