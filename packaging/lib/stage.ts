import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { changelogYaml } from './changelog.ts'
import type { Variables } from './description.ts'
import { packageVersion } from './description.ts'
import { PackagingError, run } from './run.ts'

/** Raised when a package changes while the version of what is in it does not. */
const RELEASE = '1'
const HOST: Record<string, Arch> = { x64: 'amd64', arm64: 'arm64' }
const CLI = 'packages/cli/dist/nvmf.cjs'

export type Arch = 'amd64' | 'arm64'

/** The architecture of this machine, in Debian's words. */
export function hostArch(): Arch {
  const arch = HOST[process.arch]
  if (arch === undefined) throw new PackagingError(`no packages are built on ${process.arch}`)
  return arch
}

/**
 * What the descriptions leave open. The version has one place, the manifest of the command, and both packages carry it;
 * `author` and `homepage` of the workspace's manifest are the maintainer and the homepage of both.
 */
export function variables(root: string, arch: Arch): Variables {
  const { version = '' } = manifest(root, 'packages/cli/package.json')
  const { author: MAINTAINER = '', homepage: HOMEPAGE = '' } = manifest(root, 'package.json')
  return {
    VERSION: version,
    RELEASE,
    ARCH: arch,
    PACKAGE_VERSION: `${packageVersion(version)}-${RELEASE}`,
    MAINTAINER,
    HOMEPAGE,
  }
}

const manifest = (root: string, file: string): Record<string, string> =>
  JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, string>

/** The date of everything in a package: that of the source, so that the same source gives the same bytes. */
export function sourceDate(root: string): number {
  const given = process.env['SOURCE_DATE_EPOCH'] ?? run('git', ['log', '-1', '--format=%ct'], { cwd: root }).toString()
  const epoch = Number(given)
  if (given.trim() !== '' && Number.isSafeInteger(epoch)) return epoch
  throw new PackagingError(`SOURCE_DATE_EPOCH is "${given.trim()}", not a number of seconds`)
}

/** The helper that is built for `arch`: one that is not this machine's own is in a folder of that name. */
export const helperFile = (arch: Arch): string =>
  `packages/udev-cleanup/dist/${arch === hostArch() ? '' : `${arch}/`}nvmf-registry-cleanup`

/** Writes the files that a package has and the source has not, to dist/stage, where nfpm and our builder find them. */
export function stage(root: string, vars: Variables, epoch: number): void {
  const folder = join(root, 'dist/stage')
  mkdirSync(folder, { recursive: true })
  const { PACKAGE_VERSION = '', MAINTAINER = '', ARCH } = vars
  writeFileSync(join(folder, 'changelog.yaml'), changelogYaml(root, PACKAGE_VERSION, MAINTAINER, epoch))
  writeFileSync(join(folder, 'nvmf.cjs'), systemShebang(built(root, CLI).toString()))
  writeFileSync(join(folder, 'nvmf-registry-cleanup'), built(root, helperFile(ARCH as Arch)))

  const manuals = join(root, 'packages/cli/dist/man')
  for (const page of existsSync(manuals) ? readdirSync(manuals).filter(name => /\.[1-8]$/.test(name)) : []) {
    const compressed = run('gzip', ['-9n'], { input: readFileSync(join(manuals, page), 'utf8') })
    writeFileSync(join(folder, `${page}.gz`), compressed)
  }
}

function built(root: string, file: string): Buffer {
  if (!existsSync(join(root, file))) throw new PackagingError(`${file} is missing: build it first (npm run build)`)
  return readFileSync(join(root, file))
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
