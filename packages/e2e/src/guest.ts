import { readFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'
import type { GuestImage } from './image/image.ts'
import { describeImage, diskFile, machineParts, stateFile } from './image/image.ts'
import type { Reply } from './machine/channel.ts'
import type { Machine } from './machine/qemu.ts'
import { createOverlay, saveMachine, startMachine } from './machine/qemu.ts'
import { makeScratch, removeScratch } from './machine/scratch.ts'

/** How a script runs. */
export interface RunOptions {
  /** Whole seconds, rounded up; 60 s unless told. */
  timeoutMs?: number
  env?: Record<string, string>
}

/** How a script ended. */
export interface RunResult {
  code: number
  stdout: string
  stderr: string
}

/** A running virtual machine. Commands run one after the other, in the order of the calls. */
export interface Guest {
  /** Runs a script with `sh` as root; a time-out kills its process group and throws. */
  run(script: string, options?: RunOptions): Promise<RunResult>
  /** Like {@link Guest.run}, but throws unless the exit code is 0, and returns stdout. */
  sh(script: string, options?: RunOptions): Promise<string>
  /** Copies a file in, with its mode; parent directories are made. */
  put(hostPath: string, guestPath: string): Promise<void>
  /** The journal of this boot. */
  journal(): Promise<string>
  /**
   * Saves the guest as it is now; it goes on running. Without `dir` the image lasts as long as this process.
   * The image builds on the one that this guest was started from.
   */
  saveState(dir?: string): Promise<GuestImage>
  /** What the serial console showed: the kernel's last words. */
  console(): string
  /** Hands out the serial console. */
  openConsole(): Socket
  /** Ends the machine and removes its files; may be called again. */
  stop(): Promise<void>
}

/** What a guest has from the start. */
export interface StartOptions {
  /** Host files to copy in: guest path to host path. */
  files?: Record<string, string>
}

const DEFAULT_TIMEOUT_MS = 60_000

/** How much longer than the guest the host waits for a script: only a guest that hangs takes it. */
const GRACE_MS = 15_000

/** A script that failed, with everything it said. */
export class GuestError extends Error {
  override readonly name = 'GuestError'
  readonly result: RunResult

  constructor(what: string, script: string, result: RunResult) {
    super(
      `${what}\n--- script\n${script}\n--- stdout\n${result.stdout}\n--- stderr\n${result.stderr}\n--- exit ${result.code}`,
    )
    this.result = result
  }
}

/** Restores a guest in about a second. It has its own disk and knows the time; no controller is connected. */
export async function startGuest(image: GuestImage, options: StartOptions = {}): Promise<Guest> {
  const scratch = await makeScratch()
  try {
    await createOverlay(image.emulator, path.join(scratch, 'disk.qcow2'), diskFile(image), 'qcow2')
    const guest = runningGuest(await startMachine(machineParts(image, scratch), stateFile(image)), image, scratch)
    try {
      await guest.sh(`date --set=@${Date.now() / 1000} >/dev/null`)
      for (const [to, from] of Object.entries(options.files ?? {})) await guest.put(from, to)
      return guest
    } catch (error) {
      await guest.stop()
      throw error
    }
  } catch (error) {
    await removeScratch(scratch)
    throw error
  }
}

/** Makes a {@link Guest} of a machine that runs. */
export function runningGuest(machine: Machine, image: GuestImage, scratch: string): Guest {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(job: () => Promise<T>): Promise<T> => {
    const done = last.then(job)
    last = done.catch(() => {})
    return done
  }
  const consoleText = () => readFileSync(path.join(scratch, 'console.log'), 'utf8')

  /** A guest that does not answer in time is lost: better a failed test with its console than a hanging run. */
  const answered = async (reply: Promise<Reply>, limitMs: number, what: string): Promise<Reply> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the guest does not answer: ${what}\n--- console\n${consoleText()}`))
      }, limitMs)
    })
    return Promise.race([reply, late]).finally(() => clearTimeout(timer))
  }

  const run = (script: string, { timeoutMs = DEFAULT_TIMEOUT_MS, env = {} }: RunOptions = {}): Promise<RunResult> =>
    inTurn(async () => {
      const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
      const seconds = Math.ceil(timeoutMs / 1000)
      const reply = await answered(
        machine.channel.run(exports.join('') + script, seconds),
        seconds * 1000 + GRACE_MS,
        script,
      )
      const result = {
        code: reply.status === 'timeout' ? 124 : reply.status,
        stdout: reply.stdout.toString(),
        stderr: reply.stderr.toString(),
      }
      if (reply.status === 'timeout') throw new GuestError(`not done after ${seconds} s`, script, result)
      return result
    })

  const sh = async (script: string, options?: RunOptions): Promise<string> => {
    const result = await run(script, options)
    if (result.code !== 0) throw new GuestError(`exit ${result.code} in the guest`, script, result)
    return result.stdout
  }

  return {
    run,
    sh,
    put: (hostPath, guestPath) =>
      inTurn(async () => {
        const [data, { mode }] = await Promise.all([readFile(hostPath), stat(hostPath)])
        const sent = machine.channel.put(guestPath, mode & 0o7777, data)
        const { status, stderr } = await answered(sent, DEFAULT_TIMEOUT_MS, `put ${guestPath}`)
        if (status !== 0) throw new Error(`cannot put ${hostPath} into the guest: ${stderr.toString()}`)
      }),
    journal: () => sh('journalctl -b --no-pager -o short-precise'),
    saveState: dir =>
      inTurn(async () => {
        const target = dir ?? (await makeScratch())
        await mkdir(target, { recursive: true })
        const saved = { ...image, dir: path.resolve(target) }
        await saveMachine(machine, stateFile(saved), () => copyFile(path.join(scratch, 'disk.qcow2'), diskFile(saved)))
        await describeImage(saved)
        return saved
      }),
    console: consoleText,
    openConsole: () => machine.console,
    async stop() {
      machine.kill()
      await machine.ended
      await removeScratch(scratch)
    },
  }
}
