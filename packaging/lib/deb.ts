import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, lutimesSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { debianChangelog, parseChangelog } from './changelog.ts'
import type { Description, Relation } from './description.ts'
import { run } from './run.ts'
import { layOut, walk } from './tree.ts'

const RELATIONS: readonly Relation[] = ['depends', 'recommends', 'suggests', 'conflicts', 'replaces', 'provides']
const SCRIPTS = { preinstall: 'preinst', postinstall: 'postinst', preremove: 'prerm', postremove: 'postrm' }

/** Builds a .deb in `work` and returns its path. */
export function buildDeb(description: Description, root: string, work: string, epoch: number): string {
  const { name, version, release, arch } = description
  const tree = join(work, 'tree')
  layOut(description.contents, root, tree, epoch)
  writeChangelog(description, root, tree, epoch)
  writeMetadata(description, root, tree)
  const file = join(work, `${name}_${version}-${release}_${arch}.deb`)
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, file], {
    // Several threads would write their block sizes into the archive, so its bytes would depend on the machine.
    env: { SOURCE_DATE_EPOCH: String(epoch), DPKG_DEB_THREADS_MAX: '1' },
  })
  return file
}

/** Where nfpm puts it. */
function writeChangelog({ name, changelog }: Description, root: string, tree: string, epoch: number): void {
  if (changelog === undefined) return
  const folder = join(tree, 'usr/share/doc', name)
  const file = join(folder, 'changelog.Debian.gz')
  writeFileSync(file, debianChangelog(name, parseChangelog(readFileSync(join(root, changelog), 'utf8'))))
  chmodSync(file, 0o644)
  for (const path of [file, folder]) lutimesSync(path, epoch, epoch)
}

function writeMetadata(description: Description, root: string, tree: string): void {
  const paths = walk(tree).slice(0, -1)
  const files = paths.filter(path => lstatSync(path).isFile())
  const folder = join(tree, 'DEBIAN')
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  const write = (name: string, text: string | Buffer, mode: number): void => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
  }
  write('control', control(description, installedSize(paths)), 0o644)
  write('md5sums', files.map(path => `${md5(path)}  ${relative(tree, path)}\n`).join(''), 0o644)
  for (const [phase, script] of Object.entries(SCRIPTS)) {
    const source = description.scripts?.[phase as keyof typeof SCRIPTS]
    if (source !== undefined) write(script, readFileSync(join(root, source)), 0o755)
  }
}

const md5 = (path: string): string => createHash('md5').update(readFileSync(path)).digest('hex')

const title = (relation: string): string => relation.charAt(0).toUpperCase() + relation.slice(1)

/** In KiB, by Debian's policy: files rounded up, one for everything else. */
function installedSize(paths: readonly string[]): number {
  const sizes = paths.map(path => lstatSync(path)).map(stat => (stat.isFile() ? Math.ceil(stat.size / 1024) : 1))
  return sizes.reduce((sum, size) => sum + size, 0)
}

export function control(description: Description, kibibytes: number): string {
  const { name, version, release, section, priority, arch, maintainer, homepage } = description
  const fields: [string, string | undefined][] = [
    ['Package', name],
    ['Version', `${version}-${release}`],
    ['Section', section],
    ['Priority', priority],
    ['Architecture', arch],
    ['Maintainer', maintainer],
    ['Installed-Size', String(kibibytes)],
    ...RELATIONS.map((key): [string, string | undefined] => [title(key), description[key]?.join(', ')]),
    ['Homepage', homepage],
    ['Description', paragraphs(description.description)],
  ]
  return fields.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`])).join('')
}

/** The first line is the synopsis; the others are indented, and an empty one is a dot. */
function paragraphs(text: string): string {
  const [synopsis = '', ...lines] = text.trim().split('\n')
  return [synopsis, ...lines.map(line => ` ${line.trim() || '.'}`)].join('\n')
}
