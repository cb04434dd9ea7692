import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../exec.ts'
import { PrerequisiteError } from './prerequisites.ts'

const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** One archive that this host's apt is configured for. */
export interface Archive {
  uri: string
  signedBy: string
}

/** The host's Debian mirrors. */
export interface Archives {
  main: Archive
  security: Archive
}

/**
 * Reads the mirrors from the host's own apt configuration, whatever form it has: apt itself says which
 * release files an update would fetch. No archive's name is written down here.
 */
export async function hostArchives(suite: string): Promise<Archives> {
  const printed = await exec('apt-get', ['--print-uris', 'update'])
  const found = new Map<string, string>()
  for (const [, uri = '', release = ''] of printed.matchAll(/^'(.+?)\/?dists\/(.+?)\/InRelease'/gm)) {
    if (!found.has(release)) found.set(release, uri)
  }
  const main = found.get(suite)
  if (main === undefined) throw new PrerequisiteError(`apt has no source for ${suite} on this host`)
  const security = found.get(`${suite}-security`)
  if (security === undefined) throw new PrerequisiteError(`apt has no source for ${suite}-security on this host`)
  return {
    main: { uri: main, signedBy: await keyringFor(main) },
    security: { uri: security, signedBy: await keyringFor(security) },
  }
}

/** The keyring that the host's sources name for a mirror, else Debian's own. */
async function keyringFor(uri: string): Promise<string> {
  const address = uri.replace(/\/$/, '')
  const dir = '/etc/apt/sources.list.d'
  const names = await readdir(dir).catch(() => [])
  for (const file of ['/etc/apt/sources.list', ...names.map(name => path.join(dir, name))]) {
    const text = await readFile(file, 'utf8').catch(() => '')
    // A deb822 source is a paragraph, a one-line source is a line; comments are neither.
    const entries = file.endsWith('.sources') ? text.split(/\n\s*\n/) : file.endsWith('.list') ? text.split('\n') : []
    for (const entry of entries) {
      if (entry.startsWith('#') || !entry.includes(address)) continue
      const keyring = /^Signed-By:\s*(\/\S+)/im.exec(entry) ?? /\[.*signed-by=([^\]\s,]+)/.exec(entry)
      if (keyring?.[1] !== undefined) return keyring[1]
    }
  }
  return DEBIAN_KEYRING
}

/** Writes deb822 sources for suites of the host's mirrors. */
export function debSources(archives: Archives, suites: { main: string[]; security?: string[] }): string {
  const stanzas = [stanza(archives.main, suites.main)]
  if (suites.security !== undefined) stanzas.push(stanza(archives.security, suites.security))
  return `${stanzas.join('\n\n')}\n`
}

function stanza(archive: Archive, suites: string[]): string {
  return [
    'Types: deb',
    `URIs: ${archive.uri}`,
    `Suites: ${suites.join(' ')}`,
    'Components: main',
    `Signed-By: ${archive.signedBy}`,
  ].join('\n')
}

/** An apt of its own: other sources, lists and cache than the host's, the same proxy and other settings. */
export interface PrivateApt {
  get(args: string[]): Promise<string>
  cache(args: string[]): Promise<string>
  /** Downloads packages of exactly these names and unpacks them below `target`. */
  unpack(packages: string[], target: string): Promise<void>
}

/**
 * Opens a private apt root in `dir` and updates it.
 *
 * @param status - the dpkg status file to resolve against: the host's, or none
 */
export async function privateApt(dir: string, sources: string, status: string): Promise<PrivateApt> {
  const at = (name: string) => path.join(dir, name)
  for (const name of ['lists/partial', 'cache/archives/partial', 'sources']) await mkdir(at(name), { recursive: true })
  await writeFile(at('sources/debian.sources'), sources)
  const options = [
    `Dir::State::lists=${at('lists')}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${at('cache')}`,
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${at('sources')}`,
    // Neither the host's pins nor its foreign architectures have a say here.
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    'Acquire::Languages=none',
    // The download directory belongs to root, so the sandbox user could not write into it.
    'APT::Sandbox::User=root',
  ].flatMap(option => ['-o', option])
  const get = (args: string[], cwd?: string) => exec('apt-get', [...options, '-q', ...args], cwd ? { cwd } : {})
  await get(['update'])
  return {
    get,
    cache: args => exec('apt-cache', [...options, ...args]),
    async unpack(packages, target) {
      const debs = at('debs')
      await mkdir(debs, { recursive: true })
      await get(['download', ...packages], debs)
      await mkdir(target, { recursive: true })
      for (const deb of await readdir(debs)) await exec('dpkg-deb', ['-x', path.join(debs, deb), target])
    },
  }
}
