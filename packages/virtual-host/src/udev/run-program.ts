import { type ChildProcess, spawn } from 'node:child_process'
import { isAbsolute, join } from 'node:path'
import type { Uevent } from '../kernel/uevent.ts'
import type { Invocation } from './match.ts'

/** How a program that a rule started came out. */
export interface ProgramResult {
  seqnum: number
  device: string
  action: string
  /** The path in the rule; it was resolved below the root. */
  program: string
  args: string[]
  /** Exit status, or undefined when it was killed or could not start. */
  status: number | undefined
  /** The signal that ended it, or the errno why it did not start. */
  failure: string | undefined
  output: string
}

/**
 * Runs one RUN program: resolved below the root (a bare name in /usr/lib/udev), `--root DIR` before its own arguments,
 * and the event's properties as its whole environment - no PATH, no HOME - as systemd-udevd gives it.
 */
export function runProgram(
  { program, args }: Invocation,
  event: Uevent,
  root: string,
  running: Set<ChildProcess>,
): Promise<ProgramResult> {
  const path = isAbsolute(program) ? join(root, program) : join(root, 'usr/lib/udev', program)
  const all = ['--root', root, ...args]
  return new Promise(resolve => {
    const child = spawn(path, all, { cwd: '/', env: { ...event.properties }, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let output = ''
    let failure: string | undefined
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    child.on('error', error => (failure = (error as NodeJS.ErrnoException).code))
    child.on('close', (status, signal) => {
      running.delete(child)
      resolve({
        seqnum: event.seqnum,
        device: event.kernel,
        action: event.action,
        program,
        args: all,
        status: failure === undefined ? (status ?? undefined) : undefined,
        failure: failure ?? signal ?? undefined,
        output,
      })
    })
  })
}
