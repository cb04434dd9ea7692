import { relative } from 'node:path'

/** What the second part of the built file calls a file whose code is in the first. */
export const sharedId = (file: string): string => `nvmf:${relative('..', file)}`

/** Names by the file that has them. */
export type Wanted = ReadonlyMap<string, readonly string[]>

/** What bundled code wants of the files that it was not bundled with. */
export function wantedBy(text: string, first: ReadonlySet<string>): Wanted {
  return new Map(
    [...first].flatMap(file => {
      const required = [...text.matchAll(/(\w+)=(?:__toESM\()?require\("([^"]+)"\)/g)].filter(
        ([, , id]) => id === sharedId(file),
      )
      const names = required.flatMap(([, variable]) => namesOf(text, variable as string))
      return required.length === 0 ? [] : [[file, [...new Set(names)].toSorted()] as const]
    }),
  )
}

/** The names in `variable.name`, which is all that the bundler makes of an import. */
function namesOf(text: string, variable: string): string[] {
  const uses = [...text.matchAll(new RegExp(`(?<![\\w$.])${variable}(?![\\w$=])(?:\\.(\\w+))?`, 'g'))]
  return uses.map(([use, name]) => {
    if (name === undefined) throw new Error(`${use} is used as a whole: which names it needs cannot be told`)
    return name
  })
}
