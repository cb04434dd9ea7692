import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { asComment } from '../src/node/second-part.ts'
import { type Build, firstPart, LOADER, type Plugin, type Second, secondPart } from './parts.ts'
import { sharedId, type Wanted } from './wanted.ts'

/** Files that the second part was made from, as the bundler names them. */
export const readLaterFrom = new Set<string>()

/**
 * Keeps the commands that are seldom used (src/commands/other-commands.ts) in a comment at the end of the one file that is
 * built: V8 goes through all of a program before it runs the first line, and passes over a comment thirty times as fast.
 * What both parts use is in the first one only, and handed to the second: a class would not be the same class otherwise.
 */
export const readLater: Plugin = {
  name: 'read-later',
  setup(build) {
    let code = ''
    build.onLoad({ filter: LOADER }, async () => {
      const { second, contents } = await parts(build)
      code = second.code
      for (const file of second.files) readLaterFrom.add(file)
      return { contents, resolveDir: resolve('.') }
    })
    build.onEnd(({ outputFiles = [] }) => {
      for (const file of outputFiles) file.contents = Buffer.from(file.text + asComment(code, idOf(code)))
    })
  },
}

/** The second part, and what loads it in the first. */
async function parts(build: Build): Promise<{ second: Second; contents: string }> {
  const first = new Set<string>()
  // What the second part wants of the first may bring more into the first, which the second then has to take from there.
  for (;;) {
    const second = await secondPart(build, first)
    const contents = loading(idOf(second.code), second.wanted)
    const before = first.size
    for (const file of await firstPart(build, contents)) first.add(file)
    if (first.size === before) return { second, contents }
  }
}

const idOf = (code: string): string => createHash('sha256').update(code).digest('hex').slice(0, 16)

/** The module that runs the second part when it is asked for. */
function loading(id: string, wanted: Wanted): string {
  const files = [...wanted].map(([file, names], i) => ({
    file,
    names: names.map(name => [name, `${name}_${i}`] as const),
  }))
  const imports = files.map(
    ({ file, names }) =>
      `import { ${names.map(([name, local]) => `${name} as ${local}`).join(', ')} } from ${JSON.stringify(file)}`,
  )
  const shared = files.map(
    ({ file, names }) =>
      `${JSON.stringify(sharedId(file))}: { ${names.map(([name, local]) => `${name}: ${local}`).join(', ')} }`,
  )
  return `
    import { runSecondPart } from './src/node/second-part.ts'
    ${imports.join('\n')}
    let others
    export const loadOthers = async () =>
      (others ??= runSecondPart(__filename, ${JSON.stringify(id)}, { ${shared.join(', ')} }, require))
  `
}
