import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Variables } from './description.ts'
import { packageVersion } from './description.ts'
import { PackagingError, run } from './run.ts'

/** Raised when a package changes while the version of what is in it does not. */
const RELEASE = '1'
const ARCH: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

/** The version has one place, the manifest of the command; both packages carry it. */
export function variables(root: string): Variables {
  const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as { version: string }
  const arch = ARCH[process.arch]
  if (arch === undefined) throw new PackagingError(`no packages are built on ${process.arch}`)
  return { VERSION: version, RELEASE, ARCH: arch, PACKAGE_VERSION: `${packageVersion(version)}-${RELEASE}` }
}

/** The date of everything in a package: that of the source, so that the same source gives the same bytes. */
export function sourceDate(root: string): number {
  const given = process.env['SOURCE_DATE_EPOCH'] ?? run('git', ['log', '-1', '--format=%ct'], { cwd: root }).toString()
  const epoch = Number(given)
  if (given.trim() !== '' && Number.isSafeInteger(epoch)) return epoch
  throw new PackagingError(`SOURCE_DATE_EPOCH is "${given.trim()}", not a number of seconds`)
}

/** Writes the files that a package has and the source has not, to dist/stage, where nfpm and our builder find them. */
export function stage(root: string, { PACKAGE_VERSION = '' }: Variables, maintainer: string, epoch: number): void {
  for (const name of ['nvmf-registry', 'nvmf-cli']) {
    const folder = join(root, 'dist/stage', name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'changelog.Debian.gz'), gzip(changelog(name, PACKAGE_VERSION, maintainer, epoch)))
  }
  const cli = join(root, 'packages/cli/dist/nvmf.cjs')
  if (!existsSync(cli))
    throw new PackagingError('packages/cli/dist/nvmf.cjs is missing: build it first (npm run build)')
  writeFileSync(join(root, 'dist/stage/nvmf-cli/nvmf.cjs'), systemShebang(readFileSync(cli, 'utf8')))

  const manuals = join(root, 'dist/man')
  for (const page of existsSync(manuals) ? readdirSync(manuals).filter(name => /\.[1-8]$/.test(name)) : []) {
    writeFileSync(join(root, 'dist/stage', `${page}.gz`), gzip(readFileSync(join(manuals, page), 'utf8')))
  }
}

/**
 * The packages depend on the distribution's node, so they name it: with `env node` a command run by root would start
 * whichever node comes first in that shell's PATH.
 */
export function systemShebang(script: string): string {
  const first = '#!/usr/bin/env node\n'
  if (!script.startsWith(first)) throw new PackagingError(`nvmf.cjs does not begin with ${first.trim()}`)
  return `#!/usr/bin/node\n${script.slice(first.length)}`
}

const gzip = (text: string): Buffer => run('gzip', ['-9n'], { input: text })

function changelog(name: string, version: string, maintainer: string, epoch: number): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  return `${name} (${version}) unstable; urgency=medium\n\n  * Release ${version}.\n\n -- ${maintainer}  ${date}\n`
}
