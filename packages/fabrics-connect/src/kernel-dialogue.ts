import { below, type DeviceFile, errnoOf, type OpenDevice } from '@nvmf/controllers'
import { FabricsError } from './errors.ts'
import { fabricsFailure } from './kernel-errors.ts'
import { type KernelLog, saidByKernel } from './kernel-log.ts'

/**
 * What kernels that do not list their options understand (before 5.17): libnvme's fixed set, without tls, keyring,
 * dhchap and concat.
 */
const ASSUMED =
  'ctrl_loss_tmo data_digest disable_sqflow discovery duplicate_connect fast_io_fail_tmo hdr_digest host_iface ' +
  'host_traddr hostid hostnqn keep_alive_tmo nqn nr_io_queues nr_poll_queues nr_write_queues queue_size ' +
  'reconnect_delay tos traddr transport trsvcid'

/** Takes apart what an idle read of /dev/nvme-fabrics gives: `instance=-1,cntlid=-1,transport=%s,traddr=%s,…,tls`. */
export function parseSupported(text: string): Set<string> {
  const names = text.split(/[,\n]/).map(part => /^[^=\s]*/.exec(part.trim())?.[0] ?? '')
  return new Set(names.filter(name => name !== ''))
}

/** The tokens that this kernel takes. @throws FabricsError `no-module`, `permission`, `io` */
export async function supportedOptions(open: OpenDevice, root: string): Promise<Set<string>> {
  const device = await openFabrics(open, root, 'r')
  try {
    const supported = parseSupported(await device.read())
    if (!supported.has('nqn')) throw new FabricsError('bad-reply', 'the kernel does not list its connect options')
    return supported
  } catch (error) {
    if (errnoOf(error) === 'EINVAL') return new Set(ASSUMED.split(' '))
    throw fabricsFailure(error, 'read')
  } finally {
    await device.close()
  }
}

/** What the kernel says after a connect. */
export interface Reply {
  readonly device: string
  readonly cntlid: number | undefined
}

/** Takes apart `instance=3,cntlid=1\n`, whatever else a kernel may add. @throws FabricsError `bad-reply` */
export function parseReply(text: string): Reply {
  const field = (name: string): number | undefined =>
    number(new RegExp(`(?:^|[,\\n])${name}=([0-9]+)(?=[,\\n]|$)`).exec(text)?.[1])
  const instance = field('instance')
  if (instance === undefined) {
    throw new FabricsError('bad-reply', `the kernel's reply ${JSON.stringify(text.slice(0, 80))} names no controller`, {
      stillConnected: true,
    })
  }
  return { device: `nvme${instance}`, cntlid: field('cntlid') }
}

/** Both are non-negative ints of the kernel. */
function number(digits: string | undefined): number | undefined {
  const value = digits === undefined ? Number.NaN : Number(digits)
  return value < 2 ** 31 ? value : undefined
}

/** What a connect needs besides its string. */
export interface Dialogue {
  readonly open: OpenDevice
  readonly root: string
  /** Called right before the write, from which there is no way back; may throw. */
  readonly ready: () => void
  /** Opened right before the write, to have the kernel's own words if it fails. */
  readonly kernelLog: () => KernelLog | undefined
  /** The controllers that are there, by name. */
  readonly present: () => string[]
}

/**
 * Connects, and calls `whilePinned` with the reply while the handle is still open: until it closes, the kernel gives the
 * new controller's number to nobody else, even if the controller dies.
 */
export async function makeController<T>(
  { open, root, ready, kernelLog, present }: Dialogue,
  options: string,
  whilePinned: (reply: Reply) => T | Promise<T>,
): Promise<T> {
  const device = await openFabrics(open, root, 'r+')
  try {
    const log = kernelLog()
    try {
      ready()
      await device.write(options).catch((error: unknown) => {
        const said = log === undefined ? [] : saidByKernel(log.records(), present())
        throw fabricsFailure(error, 'write', options, said)
      })
    } finally {
      log?.close()
    }
    return await whilePinned(parseReply(await reply(device)))
  } finally {
    await device.close()
  }
}

/** @throws FabricsError `io`: there is a new controller then, but nobody can tell which */
async function reply(device: DeviceFile): Promise<string> {
  try {
    return await device.read()
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    const message = `connected, but the kernel does not say as what (${errno})`
    throw new FabricsError('io', message, { stillConnected: true, cause: error })
  }
}

async function openFabrics(open: OpenDevice, root: string, mode: 'r' | 'r+'): Promise<DeviceFile> {
  try {
    return await open(below(root, '/dev/nvme-fabrics'), mode)
  } catch (error) {
    throw fabricsFailure(error, 'open')
  }
}
