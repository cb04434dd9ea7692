import { readFileSync } from 'node:fs'
import { EXIT } from '../exit-codes.ts'
import { Failure } from '../failure.ts'
import { load } from './load.ts'

/** What would end the comment, and what stands for it there. */
const [CLOSE, CLOSED] = ['*/', '*\\u002f'] as const

const beginOf = (id: string): string => `\n/* Read when one of the other commands is named (${id}):\n`
const END = '\n*/\n'

/** Code as a comment (build/read-later.ts). @param id tells it from every other */
export function asComment(code: string, id: string): string {
  if (code.includes(CLOSED))
    throw new Error(`${CLOSED} stands for ${CLOSE} in the comment, so it cannot be in the code`)
  return `${beginOf(id)}${code.replaceAll(CLOSE, CLOSED)}${END}`
}

/** Modules of the first part by the names that the second one has for them. */
type Shared = Readonly<Record<string, object>>

/**
 * Runs the second part of a file whose first part is running.
 * @returns what it exports
 * @throws Failure `replaced` if an upgrade put another file in its place in between
 */
export function runSecondPart<Exports>(
  file: string,
  id: string,
  shared: Shared,
  require: (id: string) => unknown,
): Exports {
  const text = readFileSync(file, 'utf8')
  const begin = text.lastIndexOf(beginOf(id))
  if (begin < 0)
    throw new Failure(EXIT.failure, 'replaced', `${file} was replaced as it started`, { hint: 'run it again' })
  const code = text.slice(begin + beginOf(id).length, text.lastIndexOf(END)).replaceAll(CLOSED, CLOSE)
  const module = { exports: {} }
  const run = load.vm().compileFunction(code, ['require', 'module', 'exports'], { filename: `${file} (second part)` })
  run((name: string) => shared[name] ?? require(name), module, module.exports)
  return module.exports as Exports
}
