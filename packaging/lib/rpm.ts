import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseChangelog, rpmChangelog } from './changelog.ts'
import type { Content, Description, Relation } from './description.ts'
import { run } from './run.ts'
import { layOut } from './tree.ts'

const TAGS: Record<Relation, string> = {
  depends: 'Requires',
  recommends: 'Recommends',
  suggests: 'Suggests',
  conflicts: 'Conflicts',
  replaces: 'Obsoletes',
  provides: 'Provides',
}
const SCRIPTS = { preinstall: 'pre', postinstall: 'post', preremove: 'preun', postremove: 'postun' }
const ARCH = { amd64: 'x86_64', arm64: 'aarch64', all: 'noarch' }

/** What would otherwise come from the building machine: its name, the clock, and what its own rpmbuild does to files. */
const MACROS: Record<string, string> = {
  _buildhost: 'reproducible',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
  source_date_epoch_from_changelog: '0',
  _build_id_links: 'none',
  _binary_payload: 'w19.zstdio',
  debug_package: '%{nil}',
  __os_install_post: '%{nil}',
  _rpmfilename: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
}

/** Builds an .rpm in `work` and returns its path. */
export function buildRpm(description: Description, root: string, work: string, epoch: number): string {
  const { name, version, release } = description
  const arch = ARCH[description.arch]
  const tree = join(work, 'tree')
  layOut(description.contents, root, tree, epoch)
  const topdir = join(work, 'rpmbuild')
  mkdirSync(topdir)
  const spec = join(topdir, `${name}.spec`)
  writeFileSync(spec, specFile(description, root, tree))
  const macros = { ...MACROS, _topdir: topdir, _rpmdir: work, _tmppath: topdir }
  const defines = Object.entries(macros).flatMap(([key, value]) => ['--define', `${key} ${value}`])
  run('rpmbuild', ['-bb', '--quiet', '--target', `${arch}-linux`, ...defines, spec], {
    env: { SOURCE_DATE_EPOCH: String(epoch), HOME: topdir }, // HOME: somebody's ~/.rpmmacros is not part of the source
  })
  return join(work, `${name}-${version}-${release}.${arch}.rpm`)
}

export function specFile(description: Description, root: string, tree: string): string {
  const { name, version, release, license, homepage, rpm } = description
  const [synopsis = '', ...text] = description.description.trim().split('\n')
  const relations = Object.entries(TAGS).flatMap(([relation, tag]) =>
    (description[relation as Relation] ?? []).map(item => `${tag}: ${item}`),
  )
  const scripts = Object.entries(SCRIPTS).flatMap(([phase, section]) => {
    const source = description.scripts?.[phase as keyof typeof SCRIPTS]
    return source === undefined ? [] : [`%${section}`, literal(readFileSync(join(root, source), 'utf8'))]
  })
  const lines = [
    `Name: ${name}`,
    `Version: ${version}`,
    `Release: ${release}`,
    `Summary: ${literal(rpm?.summary ?? synopsis)}`,
    `License: ${license}`,
    ...(rpm?.group === undefined ? [] : [`Group: ${rpm.group}`]),
    ...(homepage === undefined ? [] : [`URL: ${homepage}`]),
    `Packager: ${description.maintainer}`,
    'AutoReqProv: no', // the description names every dependency, as it does for deb
    ...relations,
    '%description',
    literal(text.join('\n')),
    '%install',
    `cp -a '${tree}/.' %{buildroot}/`,
    ...scripts,
    '%files',
    ...description.contents.map(content => fileLine(content, tree)),
    ...(description.changelog === undefined
      ? []
      : ['%changelog', literal(rpmChangelog(parseChangelog(readFileSync(join(root, description.changelog), 'utf8'))))]),
  ]
  return `${lines.join('\n')}\n`
}

function fileLine({ dst, type }: Content, tree: string): string {
  const flags: Partial<Record<string, string>> = { dir: '%dir ', doc: '%doc ', license: '%license ' }
  const mode = type === 'symlink' ? '-' : (lstatSync(join(tree, dst)).mode & 0o7777).toString(8).padStart(4, '0')
  return `%attr(${mode}, root, root) ${flags[type ?? ''] ?? ''}"${dst}"`
}

/** rpm expands macros in everything it reads, comments of scripts included. */
const literal = (text: string): string => text.replaceAll('%', '%%')
