import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { run } from './run.ts'

/** One version in the format of chglog, which nfpm reads: `changelog:` in a description names a list of them. */
export interface Entry {
  semver: string
  date: string
  packager: string
  deb: { urgency: string; distributions: string[] }
  changes: { note: string }[]
}

export const parseChangelog = (text: string): Entry[] => parse(text) as Entry[]

/** The changelog of this version alone: each release says what is new in it, and CHANGELOG.md has the others. */
export function changelogYaml(root: string, version: string, packager: string, epoch: number): string {
  const entry: Entry = {
    semver: version,
    date: new Date(epoch * 1000).toISOString(),
    packager,
    deb: { urgency: 'medium', distributions: ['unstable'] },
    changes: notes(root).map(note => ({ note })),
  }
  return stringify([entry], { lineWidth: 0 })
}

/** The titles of the changes: what `changeset version` wrote for this version, or what waits for it. */
function notes(root: string): string[] {
  const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as { version: string }
  const log = join(root, 'packages/cli/CHANGELOG.md')
  const released = existsSync(log) ? titlesOf(readFileSync(log, 'utf8'), version) : []
  if (released.length > 0) return released
  const waiting = pendingTitles(join(root, '.changeset'))
  return waiting.length > 0 ? waiting : ['No change that a user can see.']
}

/** The first lines of the bullets below `## version`, without the commit that changesets puts in front. */
export function titlesOf(changelog: string, version: string): string[] {
  const section = changelog.split(/^## /m).find(text => text.startsWith(`${version}\n`)) ?? ''
  const bullets = [...section.matchAll(/^- (?:[0-9a-f]{7,40}: )?(.+)$/gm)].map(match => match[1] as string)
  return bullets.filter(title => !title.startsWith('Updated dependencies'))
}

function pendingTitles(folder: string): string[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter(name => name.endsWith('.md') && name !== 'README.md')
  return files.toSorted().flatMap(name => {
    const [, , body = ''] = readFileSync(join(folder, name), 'utf8').split(/^---$/m)
    const [title = ''] = body.trim().split('\n')
    return title === '' ? [] : [title]
  })
}

/** As /usr/share/doc/PACKAGE/changelog.Debian.gz has it. */
export function debianChangelog(name: string, entries: readonly Entry[]): Buffer {
  const text = entries.map(({ semver, date, packager, deb, changes }) =>
    [
      `${name} (${semver}) ${deb.distributions.join(' ')}; urgency=${deb.urgency}\n`,
      ...changes.map(({ note }) => wrapped(note)),
      `\n -- ${packager}  ${new Date(date).toUTCString().replace('GMT', '+0000')}`,
    ].join('\n'),
  )
  return run('gzip', ['-9n'], { input: `${text.join('\n\n')}\n` })
}

/** As %changelog of a spec has it. */
export const rpmChangelog = (entries: readonly Entry[]): string =>
  entries
    .map(({ semver, date, packager, changes }) => {
      const [weekday = '', day, month, year] = new Date(date).toUTCString().split(' ')
      const head = `* ${weekday.slice(0, 3)} ${month} ${day} ${year} ${packager} - ${semver}`
      return [head, ...changes.map(({ note }) => `- ${note}`)].join('\n')
    })
    .join('\n\n')

/** `  * ` in front, and no line beyond the 80 columns that Debian's tools expect. */
function wrapped(note: string): string {
  const lines: string[] = []
  for (const word of note.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 76) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return `  * ${lines.join('\n    ')}`
}
