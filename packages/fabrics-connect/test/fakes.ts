import type { Controller, DeviceFile, OpenDevice } from '@nvmf/controllers'
import type { Namespace } from '@nvmf/disconnect-policy'
import type { Announced, Claimed, Ownership, Published, Reaped } from '@nvmf/registry-core'
import type { ConnectPorts, ConnectRequest } from '../src/index.ts'

export const errno = (code: string): Error => Object.assign(new Error(code), { code })

/** What Linux 6.12 lists. */
export const SUPPORTED =
  'instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_delay=%d,' +
  'ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,' +
  'disable_sqflow,hdr_digest,data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,keyring=%d,tls_key=%d,' +
  'fast_io_fail_tmo=%d,discovery,dhchap_secret=%s,dhchap_ctrl_secret=%s,tls\n'

/** A secret as nvme gen-dhchap-key makes them: 32 bytes of key and their checksum. */
export const SECRET = 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:'

export const REQUEST: ConnectRequest = { transport: 'tcp', traddr: '192.0.2.1', nqn: 'nqn.2026-01.example:boot' }

/** Errnos and answers by call, and everything that happened, in order. */
export interface World {
  readonly log: string[]
  /** An errno for `open r`, `open r+`, `read r`, `write`, `read`, `open delete`, `delete`. */
  readonly fail: Record<string, string>
  supported: string
  reply: string
  /** An error: the connect cannot be announced. */
  announced: Error | undefined
  published: Published | Error
  reaped: Reaped | Error
  ownership: Ownership
  claimed: Claimed | Error
  released: string | undefined | Error
  /** Records that the kernel logs during the write. */
  logged: string[]
  /** What the write waits for. */
  hold: () => Promise<void>
  controllers: Controller[]
  /** What has the name of the new controller; undefined: it is gone. */
  made: Controller | undefined
  /** Namespaces that are in use, with their paths. */
  namespaces: Namespace[]
  /** Announcements of other processes. */
  others: Announced
  /** An error: what is about to be disconnected cannot be announced. */
  declared: Error | undefined
  files: Record<string, string | Error>
}

/** A controller as sysfs shows one that was just connected. */
export const controllerNamed = (name: string, changes: Partial<Controller> = {}): Controller => ({
  name,
  instance: Number(name.slice(4)),
  incarnation: '77',
  transport: 'tcp',
  fabrics: true,
  address: { text: '' },
  nqn: 'nqn.2026-01.example:made',
  hostnqn: undefined,
  hostid: undefined,
  state: 'live',
  cntlid: 7,
  cntrltype: 'io',
  numaNode: undefined,
  subsystem: undefined,
  ...changes,
})

/** A kernel and a registry that do as they are told. */
export function world(changes: Partial<World> = {}): World & { ports: ConnectPorts } {
  const at: World = {
    log: [],
    fail: {},
    supported: SUPPORTED,
    reply: 'instance=3,cntlid=7\n',
    announced: undefined,
    published: { outcome: 'published' },
    reaped: { outcome: 'none' },
    ownership: { state: 'unowned', reason: 'no-entry' },
    claimed: { outcome: 'claimed' },
    released: undefined,
    logged: [],
    hold: async () => {},
    controllers: [],
    made: controllerNamed('nvme3'),
    namespaces: [],
    others: { connecting: [], leaving: [] },
    declared: undefined,
    files: { '/etc/nvme/hostnqn': 'nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555\n' },
    ...changes,
  }
  const step = (what: string): void => {
    at.log.push(what)
    const code = at.fail[what.split(':')[0] ?? '']
    if (code !== undefined) throw errno(code)
  }
  const openDevice: OpenDevice = async (path, mode): Promise<DeviceFile> => {
    const deleting = path.endsWith('delete_controller')
    step(deleting ? 'open delete' : `open ${mode}`)
    return {
      async write(text) {
        if (!deleting) await at.hold()
        step(deleting ? 'delete' : `write:${text}`)
      },
      read: async () => {
        step(mode === 'r' ? 'read r' : 'read')
        return mode === 'r' ? at.supported : at.reply
      },
      close: async () => void at.log.push(deleting ? 'close delete' : `close ${mode}`),
    }
  }
  const give = <T>(what: string, value: T | Error): T => {
    at.log.push(what)
    if (value instanceof Error) throw value
    return value
  }
  const ports: ConnectPorts = {
    root: '/',
    openDevice,
    files: {
      readText(path) {
        const text = at.files[path] ?? errno('ENOENT')
        if (text instanceof Error) throw text
        return text
      },
      readBytes: () => {
        throw errno('ENOENT')
      },
    },
    resolve: async (name, family) => {
      if (name !== 'target.example') throw errno('ENOTFOUND')
      return family === 6 ? '2001:db8::7' : '192.0.2.7'
    },
    registry: {
      publish: (device, owner) => give(`publish ${device} ${owner}`, at.published),
      reap: device => give(`reap ${device}`, at.reaped),
      ownerOf: () => at.ownership,
      claim: (device, owner, options) =>
        give(`claim ${device} ${owner}${options?.steal ? ' steal' : ''} ${options?.incarnation}`, at.claimed),
      release: (device, { owner, incarnation } = {}) => give(`release ${device} ${owner} ${incarnation}`, at.released),
    },
    announcements: {
      connecting: async what => {
        give(`announce ${JSON.stringify(what)}`, at.announced)
        return { name: 'connecting.1', withdraw: () => void at.log.push('withdraw') }
      },
    },
    kernelLog: () => ({ records: () => at.logged, close: () => {} }),
    controllers: () =>
      at.log.includes('read') && at.made !== undefined ? [...at.controllers, at.made] : at.controllers,
    looks: {
      announced: async () => at.others,
      declare: async () => {
        if (at.declared !== undefined) throw at.declared
        return { others: () => at.others, withdraw: () => {} }
      },
      incarnationOf: () => at.made?.incarnation,
      stateOf: () => at.made?.state,
      namespacesOf: () => at.namespaces,
      namespaces: () => at.namespaces,
    },
  }
  return Object.assign(at, { ports })
}
