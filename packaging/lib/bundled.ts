import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UPSTREAM } from '../../packages/udev-cleanup/build/quickjs.ts'
import { PackagingError } from './run.ts'
import { type Arch, hostArch } from './stage.ts'

/** Somebody else's work that is inside one of our files. */
export interface Bundled {
  name: string
  /** undefined: this machine cannot tell */
  version: string | undefined
  license: string
  supplier: string
  purl: string | undefined
}

const ORIGIN =
  /^\/\/ \S*node_modules\/\.pnpm\/((?:@[^+@/]+\+)?[^@/]+)@([^/_(]+)[^/]*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gm

/** The npm packages in a bundle, by the comment that the bundler puts above each of their files. */
export function bundledInto(root: string, bundle: string): Bundled[] {
  const found = new Map<string, Bundled>()
  for (const [, , version = '', name = ''] of bundle.matchAll(ORIGIN)) {
    if (found.has(`${name}@${version}`)) continue
    const { license, author } = manifestOf(root, name, version)
    if (license === undefined) throw new PackagingError(`${name}@${version} is bundled and names no licence`)
    const supplier = typeof author === 'string' ? author.replace(/ *[<(].*/, '') : author?.name
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    found.set(`${name}@${version}`, { name, version, license, supplier: supplier ?? 'NOASSERTION', purl })
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

interface Manifest {
  license?: string
  author?: string | { name: string }
}

function manifestOf(root: string, name: string, version: string): Manifest {
  const folder = `node_modules/.pnpm/${name.replace('/', '+')}@${version}/node_modules/${name}/package.json`
  const file = join(root, folder)
  if (!existsSync(file)) throw new PackagingError(`${name}@${version} is bundled and not installed: pnpm install`)
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest
}

/** What is linked into the helper. Debian's own package of the C library says its version. */
export function linkedInto(arch: Arch): Bundled[] {
  const library = arch === hostArch() ? 'libc6-dev' : `libc6-dev-${arch}-cross`
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${Version}', library], { encoding: 'utf8' })
  const version = asked.status === 0 ? asked.stdout : undefined
  return [
    {
      name: 'quickjs',
      version: UPSTREAM,
      license: 'MIT',
      supplier: 'Fabrice Bellard',
      purl: `pkg:generic/quickjs@${UPSTREAM}`,
    },
    {
      name: 'glibc',
      version,
      license: 'LGPL-2.1-or-later',
      supplier: 'Free Software Foundation',
      purl: version === undefined ? undefined : `pkg:deb/debian/glibc@${encodeURIComponent(version)}`,
    },
  ]
}
