import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { step } from './steps.ts'

/** Ends this process with one line that says what is missing. */
function missing(what: string): never {
  process.stderr.write(`test:host: ${what}\n`)
  process.exit(1)
}

/** The host tests install packages, mount and boot machines: there is no doing them as an ordinary user. */
export function needDebianRoot(): void {
  if (process.getuid?.() !== 0) missing('must be run as root')
  if (process.arch !== 'x64') missing(`needs an x86-64 machine, this one is ${process.arch}`)
  if (!existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get'))
    missing('needs Debian 12 or newer, with apt-get')
}

/** Installs what is not there yet, and nothing else. */
export function needPackages(names: readonly string[]): void {
  const absent = names.filter(name => !isInstalled(name))
  if (absent.length === 0) return
  step('apt-get update', 'apt-get', 'update', '-qq')
  step(`apt-get install ${absent.join(' ')}`, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...absent)
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' })
  return stdout === 'installed'
}
