import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeUtf8 } from '../src/utf8.ts'
import type { Recorded } from './trace.ts'

const LETTERS: Readonly<Record<string, string>> = {
  openDir: 'O',
  openNode: 'P',
  close: 'C',
  stat: 'S',
  readFile: 'R',
  readdir: 'D',
  unlink: 'U',
  rmdir: 'X',
  mkdir: 'M',
  writeFile: 'W',
  rename: 'N',
  link: 'L',
  symlink: 'Y',
  readlink: 'K',
}

/** Builds the C loop; undefined where there is no gcc. */
export function buildNative(dir: string): ((trace: readonly Recorded[]) => () => number) | undefined {
  const program = join(dir, 'replay')
  const built = spawnSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'replay.c')], { stdio: 'inherit' })
  if (built.error !== undefined || built.status !== 0) return undefined
  return trace => {
    const file = join(dir, 'trace')
    writeFileSync(file, trace.map(line).join(''))
    return () => Number(execFileSync(program, [file], { encoding: 'utf8' })) / 1e6
  }
}

/** `<letter> <number> <path> <path or text>`, with tabs between. */
function line({ op, args }: Recorded): string {
  const [first, second, third] = args
  const texts = typeof first === 'number' ? [''] : [first]
  if (typeof second === 'string') texts.push(second)
  if (second instanceof Uint8Array) texts.push((decodeUtf8(second) ?? '').trimEnd())
  const number = [first, second, third].find(each => typeof each === 'number') ?? 0
  return `${[LETTERS[op], number, ...texts].join('\t')}\n`
}
