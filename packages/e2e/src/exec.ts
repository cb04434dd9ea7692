import type { SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'

/** A host command that failed: its command line, its exit code and all it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly output: string

  constructor(command: readonly string[], outcome: string, output: string) {
    super(`${command.join(' ')}: ${outcome}\n${output.trimEnd()}`)
    this.output = output
  }
}

/**
 * Runs a host command without a shell and returns its stdout; a failure throws {@link CommandError}.
 *
 * The command is told to end when this process is gone: a build that nobody waits for must not go on.
 */
export function exec(
  file: string,
  args: readonly string[],
  options: SpawnOptions & { input?: string } = {},
): Promise<string> {
  const { input, ...spawnOptions } = options
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', file, ...args], {
      ...spawnOptions,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const all: Buffer[] = []
    child.stdout?.on('data', (data: Buffer) => {
      out.push(data)
      all.push(data)
    })
    child.stderr?.on('data', (data: Buffer) => all.push(data))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(out).toString())
      else reject(new CommandError([file, ...args], signal ?? `exit ${code}`, Buffer.concat(all).toString()))
    })
    // A command that ends without reading its input closes the pipe first; its exit code tells the story.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })
}
