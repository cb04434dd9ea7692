import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A problem that one line explains to whoever builds packages; anything else is a bug and keeps its stack trace. */
export class PackagingError extends Error {
  override name = 'PackagingError'
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  input?: string
}

/** Runs a command to its end; its standard output, or a PackagingError with the line that tells why not. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Buffer {
  const { cwd, env, input } = options
  const result = spawnSync(command, args, {
    cwd,
    input: input ?? '',
    env: { ...process.env, LC_ALL: 'C', ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (result.error) throw new PackagingError(`${command}: ${result.error.message}`, { cause: result.error })
  if (result.status === 0) return result.stdout
  const lines = `${result.stdout}\n${result.stderr}`.trim().split('\n')
  const reason = lines.find(line => /\berror: /i.test(line)) ?? lines.at(-1) ?? ''
  throw new PackagingError(`${command} returned ${result.status ?? result.signal}: ${reason.trim()}`)
}

export function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false // not in this folder, or not to be run
    }
  })
}
