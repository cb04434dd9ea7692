import { errnoOf } from '@nvmf/controllers'
import { FabricsError, type FabricsErrorCode } from './errors.ts'

type Meaning = readonly [FabricsErrorCode, string]

const PERMISSION: Meaning = ['permission', 'permission denied']
const UNSUPPORTED: Meaning = ['unsupported', 'not supported']
const UNREACHABLE: Meaning = ['unreachable', 'the target cannot be reached']
const LOST: Meaning = ['connection-lost', 'the target closed the connection']
const NO_MEMORY: Meaning = ['no-memory', 'the kernel has no room for another controller']
const NO_KEY: Meaning = ['no-key', 'the TLS or authentication key is missing or not accepted']

const OPEN: Readonly<Record<string, Meaning>> = {
  ENOENT: ['no-module', 'there is no /dev/nvme-fabrics'],
  // The node is there, but the driver behind it is not (a static node, or a module that is being unloaded).
  ENODEV: ['no-module', '/dev/nvme-fabrics has no driver'],
  ENXIO: ['no-module', '/dev/nvme-fabrics has no driver'],
  EACCES: PERMISSION,
  EPERM: PERMISSION,
}

const WRITE: Readonly<Record<string, Meaning>> = {
  EALREADY: ['already-connected', 'already connected'],
  EINVAL: ['invalid', 'the kernel refuses these arguments'],
  EADDRINUSE: ['host-in-use', 'the host NQN is already in use'],
  ENODEV: ['no-interface', 'there is no such network interface'],
  EOPNOTSUPP: UNSUPPORTED,
  // libuv calls number 95 by its other name.
  ENOTSUP: UNSUPPORTED,
  ECONNREFUSED: ['refused', 'connection refused'],
  ETIMEDOUT: ['timed-out', 'the target does not answer'],
  ECONNRESET: LOST,
  EPIPE: LOST,
  ENOTCONN: LOST,
  ESHUTDOWN: LOST,
  ENOMEM: NO_MEMORY,
  ENOBUFS: NO_MEMORY,
  ENOSPC: NO_MEMORY,
  EINTR: ['stopped', 'stopped by a signal, nothing is connected'],
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EHOSTDOWN: UNREACHABLE,
  ENETDOWN: UNREACHABLE,
  EADDRNOTAVAIL: ['address-unavailable', "the host address is not this host's"],
  ENOKEY: NO_KEY,
  EKEYEXPIRED: NO_KEY,
  EKEYREVOKED: NO_KEY,
  EKEYREJECTED: NO_KEY,
  EIO: ['unknown-subsystem', 'the target has no such subsystem, or does not let this host use it'],
  EACCES: PERMISSION,
  EPERM: PERMISSION,
}

/**
 * A failed system call on /dev/nvme-fabrics as a {@link FabricsError}; anything else as it is.
 * @param options what was written: the message begins with whom it was about
 * @param kernelLog what the kernel said meanwhile
 */
export function fabricsFailure(
  error: unknown,
  during: 'open' | 'write' | 'read',
  options = '',
  kernelLog: readonly string[] = [],
): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  const known = during === 'open' ? OPEN[errno] : during === 'write' ? WRITE[errno] : undefined
  const [code, message] = known ?? ['io', `${during} of /dev/nvme-fabrics failed (${errno})`]
  return new FabricsError(code, `${subjectOf(options)}${message}`, { cause: error, kernelLog })
}

/** `NQN at ADDRESS:PORT: `, and never another word of the options: there may be secrets among them. */
function subjectOf(options: string): string {
  const tokens = new Map(
    options.split(',').map(token => [token.slice(0, token.indexOf('=')), token.slice(token.indexOf('=') + 1)]),
  )
  const [nqn, traddr, trsvcid] = ['nqn', 'traddr', 'trsvcid'].map(name => tokens.get(name))
  if (nqn === undefined) return ''
  const host = traddr?.includes(':') && trsvcid !== undefined ? `[${traddr}]` : traddr
  const at = host === undefined ? '' : ` at ${host}${trsvcid === undefined ? '' : `:${trsvcid}`}`
  return `${nqn}${at}: `
}
