import { PackagingError } from './run.ts'

const words = (text: string): string[] => text.split(' ')
const RELATIONS = words('depends recommends suggests conflicts replaces provides')
const SCRIPTS = words('preinstall postinstall preremove postremove')
const IDENTITY = words(
  'name arch platform version release section priority maintainer homepage license description changelog',
)

/** Every nfpm key that this builder implements, by where it stands; and the values that it implements of some of them. */
const KEYS: Record<string, readonly string[]> = {
  '': [...IDENTITY, ...RELATIONS, ...words('disable_globbing contents scripts deb rpm overrides')],
  'contents[]': ['src', 'dst', 'type', 'packager', 'file_info'],
  'contents[].file_info': ['mode'],
  scripts: SCRIPTS,
  deb: ['compression'],
  rpm: ['compression', 'group', 'summary'],
  overrides: ['deb', 'rpm'],
  'overrides.deb': [...RELATIONS, 'scripts'],
  'overrides.deb.scripts': SCRIPTS,
  'overrides.rpm': [...RELATIONS, 'scripts'],
  'overrides.rpm.scripts': SCRIPTS,
}
const VALUES: Record<string, readonly unknown[]> = {
  arch: ['amd64', 'arm64', 'all'],
  platform: ['linux'],
  disable_globbing: [true],
  'contents[].type': ['dir', 'symlink', 'doc', 'license', ''],
  'contents[].packager': ['deb', 'rpm'],
  'deb.compression': ['xz'],
  'rpm.compression': ['zstd'],
}

/**
 * Refuses what this builder would otherwise leave out without a word: the two builders must make the same package of
 * one description, or none.
 */
export function rejectUnimplemented(value: unknown, file: string, shown = '', rule = ''): void {
  const fail = (what: string): never => {
    throw new PackagingError(`${file}: ${what} is not implemented by packaging/build.ts: use nfpm, or another way`)
  }
  const allowed = VALUES[rule]
  if (allowed !== undefined && !allowed.includes(value)) fail(`${shown}: ${JSON.stringify(value)}`)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) rejectUnimplemented(item, file, `${shown}[${index}]`, `${rule}[]`)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const keys = KEYS[rule]
  for (const [key, item] of Object.entries(value)) {
    const path = shown === '' ? key : `${shown}.${key}`
    if (keys?.includes(key) !== true) fail(`key "${path}"`)
    rejectUnimplemented(item, file, path, rule === '' ? key : `${rule}.${key}`)
  }
}
