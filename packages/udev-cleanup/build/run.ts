import { spawnSync } from 'node:child_process'
import { basename } from 'node:path'

/** A problem that one line explains to whoever runs the build; anything else is a bug and keeps its stack trace. */
export class BuildError extends Error {
  override name = 'BuildError'
}

const DEBIAN_PACKAGE: Record<string, string> = {
  gcc: 'gcc libc6-dev',
  make: 'make',
  'apt-get': 'apt',
  'apt-cache': 'apt',
  'dpkg-source': 'dpkg-dev',
  readelf: 'binutils',
  'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  'x86_64-linux-gnu-gcc': 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross',
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  /** What failed, in the user's words, when the command returns non-zero. */
  what?: string
}

/** Runs a command to its end and returns its standard output; a missing or failing command is a BuildError. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): string {
  const result = spawnSync(command, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (result.error) {
    const missing = (result.error as NodeJS.ErrnoException).code === 'ENOENT'
    const hint = `not installed: on Debian, apt-get install ${DEBIAN_PACKAGE[command] ?? command}`
    throw new BuildError(`${command}: ${missing ? hint : result.error.message}`, { cause: result.error })
  }
  if (result.status !== 0) {
    const ended = result.status === null ? `was killed by ${result.signal}` : `returned ${result.status}`
    throw new BuildError(
      `${options.what ?? command}: ${basename(command)} ${ended}: ${reason(result.stderr || result.stdout)}`,
    )
  }
  return result.stdout
}

/** The line that names the cause: E: of apt, "error:" of compilers, "SyntaxError:" of qjsc; otherwise the last one. */
function reason(output: string): string {
  const lines = output.trim().split('\n')
  return (lines.find(line => /^E: |error: |undefined reference/i.test(line)) ?? lines.at(-1) ?? '').trim()
}
