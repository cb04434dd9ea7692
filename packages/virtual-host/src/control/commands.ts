import { VirtualHostError } from '../errors.ts'
import type { Failure } from '../faults.ts'
import type { VirtualHost } from '../host.ts'
import type { SubsystemOptions } from '../remote.ts'

type Args = Record<string, unknown>

/** What the control socket carries out, by name. The values are what the callers print or get. */
export const CONTROL_COMMANDS: Readonly<Record<string, (host: VirtualHost, args: Args) => unknown>> = {
  status: host => host.status(),
  stop: (host, { remove }) => host.stop({ remove: remove === true }),
  'load-modules': host => host.loadModules(),
  'add-subsystem': (host, args) => host.addSubsystem(text(args, 'nqn'), args as SubsystemOptions),
  'remove-subsystem': (host, args) => host.removeSubsystem(text(args, 'nqn')),
  lose: (host, args) => host.lose(text(args, 'nqn')),
  recover: (host, args) => host.recover(text(args, 'nqn')),
  expire: (host, args) => host.expire(text(args, 'nqn')),
  'add-pcie': (host, args) => host.addPcie(text(args, 'bdf'), args),
  'remove-controller': (host, args) => host.removeController(text(args, 'device')),
  'fail-next': (host, args) => host.faults.failNext(args as unknown as Failure),
  'die-next': (host, args) => host.faults.dieNext(text(args, 'at') as 'write' | 'read'),
  'hold-connects': host => host.faults.holdConnects(),
  'release-connects': host => host.faults.releaseConnects(),
  'wait-held': host => host.faults.connectHeld(),
  'clear-faults': host => host.faults.clear(),
  'stop-exec-queue': host => host.udev.stopQueue(),
  'start-exec-queue': host => host.udev.startQueue(),
  // oxlint-disable-next-line unicorn/no-array-reverse -- the udevd's, not an array's
  reverse: host => host.udev.reverse(),
  settle(host) {
    const { stopped, queued } = host.udev.status()
    if (stopped && queued > 0) {
      throw new VirtualHostError('usage', `the exec queue is stopped and ${queued} events wait: start it first`)
    }
    return host.udev.settle()
  },
  results: host => host.udev.results,
  events: host => host.events(),
  journal: host => host.journal(),
}

function text(args: Args, name: string): string {
  const value = args[name]
  if (typeof value !== 'string' || value === '') throw new VirtualHostError('usage', `${name} is missing`)
  return value
}
