import { basename } from 'node:path'
import { parse } from 'yaml'
import { rejectUnimplemented } from './keys.ts'
import { PackagingError } from './run.ts'

export type Format = 'deb' | 'rpm'
export type Variables = Record<string, string>
export type Relation = 'depends' | 'recommends' | 'suggests' | 'conflicts' | 'replaces' | 'provides'
export type Relations = Partial<Record<Relation, string[]>>
export type Scripts = Partial<Record<'preinstall' | 'postinstall' | 'preremove' | 'postremove', string>>

export interface Content {
  dst: string
  src?: string
  type?: 'dir' | 'symlink' | 'doc' | 'license' | ''
  packager?: Format
  file_info?: { mode?: number }
}

/** An nfpm description after overrides, selection and expansion for one format: what the keys' table allows. */
export interface Description extends Relations {
  name: string
  arch: 'amd64' | 'arm64' | 'all'
  version: string
  release: string
  section: string
  priority: string
  maintainer: string
  homepage?: string
  license: string
  /** A file in chglog's format: see changelog.ts. */
  changelog?: string
  description: string
  contents: Content[]
  scripts?: Scripts
  rpm?: { group?: string; summary?: string }
}

const REQUIRED = ['name', 'arch', 'version', 'release', 'section', 'priority', 'maintainer', 'license', 'description']
const RELATIONS: readonly Relation[] = ['depends', 'recommends', 'suggests', 'conflicts', 'replaces', 'provides']
const EXPANDED = ['arch', 'version', 'release', 'maintainer', 'homepage'] as const

/** YAML 1.1, as nfpm reads it: 0644 is octal there and decimal in YAML 1.2. */
export const parseDescription = (text: string): unknown => parse(text, { version: '1.1' })

export function describe(text: string, file: string, format: Format, variables: Variables): Description {
  const raw = parseDescription(text) as Description & {
    overrides?: Partial<Record<Format, Relations & { scripts?: Scripts }>>
  }
  const where = basename(file)
  const expanded = { ...raw }
  for (const key of EXPANDED) {
    if (key in expanded) Object.assign(expanded, { [key]: expand(expanded[key] ?? '', variables, where) })
  }
  rejectUnimplemented(expanded, where)
  for (const key of [...REQUIRED, 'disable_globbing', 'contents']) {
    if (!(key in expanded)) throw new PackagingError(`${where}: key "${key}" is missing`)
  }

  for (const { dst, type, packager } of expanded.contents) {
    if ((type === 'doc' || type === 'license') && packager !== 'rpm')
      throw new PackagingError(
        `${where}: ${dst}: nfpm leaves "${type}" out of a deb: say "packager: rpm", and list it for deb`,
      )
  }

  // As in nfpm, a list in overrides takes the place of the general one; it does not add to it.
  const description: Description = { ...expanded, ...expanded.overrides?.[format] }
  for (const relation of RELATIONS) {
    const list = description[relation]
    if (list !== undefined) description[relation] = list.map(item => expand(item, variables, where))
  }
  const contents = description.contents.filter(({ packager }) => packager === undefined || packager === format)
  // An unset homepage is a field that is left out, in nfpm's packages too.
  if (description.homepage === '') delete description.homepage
  return { ...description, version: packageVersion(description.version), contents }
}

/** ${NAME} from `variables` only. nfpm puts nothing for a name it does not know; here that is an error. */
function expand(text: string, variables: Variables, file: string): string {
  return String(text).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = variables[name]
    if (value === undefined) throw new PackagingError(`${file}: variable ${name} is not set`)
    return value
  })
}

/** 1.0.0-rc.1 sorts before 1.0.0 for both dpkg and rpm when it is written 1.0.0~rc.1. */
export function packageVersion(semver: string): string {
  const match = /^(\d+\.\d+\.\d+)(?:-([0-9A-Za-z.]+))?$/.exec(semver)
  if (match === null) throw new PackagingError(`version "${semver}" is no semantic version that packages can carry`)
  return match[2] === undefined ? semver : `${match[1]}~${match[2]}`
}
