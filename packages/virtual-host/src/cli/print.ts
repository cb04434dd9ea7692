import type { JournalLine } from '../journal.ts'
import type { Uevent } from '../kernel/uevent.ts'
import type { HostStatus } from '../status.ts'
import type { ProgramResult } from '../udev/run-program.ts'

/** The answer of a control command, for people. */
export function printed(command: string, value: unknown): string[] {
  switch (command) {
    case 'status':
      return statusLines(value as HostStatus)
    case 'events':
      return (value as Uevent[]).map(each => `${each.seqnum} ${each.action} ${each.devpath} (${each.subsystem})`)
    case 'journal':
      return (value as JournalLine[]).map(({ tag, text }) => `${tag}: ${text}`)
    case 'results':
      return (value as ProgramResult[]).map(
        ({ seqnum, action, device, program, status, failure }) =>
          `${seqnum} ${action} ${device}: ${program}: ${failure ?? `exit ${status}`}`,
      )
    default:
      return value === null ? [] : [String(value)]
  }
}

function statusLines(status: HostStatus): string[] {
  const { udev } = status
  return [
    `${status.dir}: running, pid ${status.pid}, modules ${status.modules ? 'loaded' : 'not loaded'}, uevent ${status.seqnum}`,
    ...status.subsystems.map(({ nqn, lost, listeners }) => {
      const where = listeners.map(each => (each.transport === 'tcp' ? `tcp ${each.traddr}:${each.trsvcid}` : 'loop'))
      return `subsystem ${nqn}: ${lost ? 'lost' : where.join(', ')}`
    }),
    ...status.controllers.map(each => `${each.device}: ${each.transport}, ${each.state}, ${each.nqn}`),
    ...status.pinned.map(each => `${each.device}: gone, its number is still in use`),
    `udev: ${udev.stopped ? 'stopped' : 'running'}, ${udev.queued} queued, ${udev.running} at work, ${udev.started} programs started`,
    ...status.programs.map(({ guest, host, kind }) => `program ${guest}: ${kind} (${host})`),
  ]
}
