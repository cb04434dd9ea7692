import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError, run } from './run.ts'

/** trixie is the first Debian release that has QuickJS; every Debian archive carries it beside the machine's own. */
const SUITE = 'trixie'
const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.pgp', '/usr/share/keyrings/debian-archive-keyring.gpg']
const RELEASE = /^'(\S+)\/dists\/(?:bullseye|bookworm|trixie|forky|sid|(?:old)*stable|testing|unstable)\/main\/\S+'/

/**
 * The Debian archives of this machine, from what `apt-get update --print-uris` would fetch. Apt itself reads its
 * configuration, one-line lists and deb822 alike, so a mirror or proxy of the site is used and none is named here.
 * Component `main` tells Debian's archive from vendors' that use Debian's suite names.
 */
export function debianArchives(printedUris: string): string[] {
  const found = printedUris.split('\n').flatMap(line => RELEASE.exec(line)?.[1] ?? [])
  return [...new Set(found)]
}

/** Downloads and unpacks a source package of `upstream` version into `dir/source`; returns its Debian version. */
export function fetchSource(name: string, upstream: string, dir: string): { version: string; source: string } {
  const keyring = KEYRINGS.find(existsSync)
  if (keyring === undefined) throw new BuildError('no Debian archive keyring: apt-get install debian-archive-keyring')
  const archives = debianArchives(run('apt-get', ['update', '--print-uris'], { what: 'reading apt configuration' }))
  if (archives.length === 0) throw new BuildError('apt is configured with no Debian archive to take QuickJS from')

  const problems: string[] = []
  for (const [index, archive] of archives.entries()) {
    const apt = privateApt(join(dir, `apt${index}`), `deb-src [signed-by=${keyring}] ${archive} ${SUITE} main`)
    try {
      run('apt-get', [...apt, 'update'], { what: `no source packages of ${SUITE}` })
      const records = run('apt-cache', [...apt, 'showsrc', '--only-source', name])
      const version = newestOf(records, upstream)
      const download = ['source', '--only-source', '--download-only', `${name}=${version}`]
      run('apt-get', [...apt, ...download], { cwd: dir, what: `download of ${name} ${version}` })
      const dsc = readdirSync(dir).find(file => file.endsWith('.dsc'))
      if (dsc === undefined) throw new BuildError(`${name} ${version} came without a .dsc file`)
      run('dpkg-source', ['--no-check', '-x', dsc, 'source'], { cwd: dir, what: `unpacking ${name}` })
      return { version, source: join(dir, 'source') }
    } catch (error) {
      if (!(error instanceof BuildError)) throw error
      problems.push(error.message)
    }
  }
  throw new BuildError(problems.join('; '))
}

/** Another Debian revision of the same upstream is a security or packaging update, and welcome; another upstream is not. */
export function newestOf(showsrc: string, upstream: string): string {
  const versions = [...showsrc.matchAll(/^Version: (.+)$/gm)].map(match => match[1] as string)
  const version = versions.find(candidate => candidate.startsWith(`${upstream}-`))
  if (version !== undefined) return version
  throw new BuildError(`${SUITE} has version ${versions.join(', ') || 'none'} where this build expects ${upstream}`)
}

/**
 * Options that give apt a state of its own: the machine's lists, cache, locks and configuration stay untouched, and no
 * root is needed. They are passed as -o because that outranks every file, and they refuse what is not signed whatever
 * the machine's configuration allows. dpkg-source need not check again: apt has checked the .dsc's hash up to the key.
 */
function privateApt(root: string, sourceLine: string): string[] {
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'sources.list'), `${sourceLine}\n`)
  const settings = {
    'Dir::State': join(root, 'state'),
    'Dir::State::lists': join(root, 'state/lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(root, 'cache'),
    'Dir::Cache::archives': join(root, 'cache/archives'),
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Sandbox::User': 'root', // the folder belongs to whoever builds, which user _apt cannot enter
    'APT::Update::Error-Mode': 'any', // or an archive that does not answer would look like one without QuickJS
    'APT::Get::AllowUnauthenticated': 'false',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::AllowWeakRepositories': 'false',
    'Acquire::Retries': '3',
  }
  return ['-q', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])]
}
