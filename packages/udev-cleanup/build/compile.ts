import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Toolchain } from './quickjs.ts'
import { BuildError, run } from './run.ts'

const MAX_BYTES = 2_000_000
const SCRIPT = 'nvmf-registry-cleanup.js'
const DATAGRAM = resolve(import.meta.dirname, '../src/quickjs/datagram.c')

/**
 * Parts of the engine that are left out when no word of the program names them; a word in a comment keeps one in, which
 * costs bytes and nothing else. Promise stays because modules are evaluated with it, RegExp because its literals cannot
 * be told from a division without a parser, and typed arrays because os.read needs them.
 */
const REMOVABLE: Record<string, RegExp> = {
  date: /\bDate\b/,
  eval: /\b(eval|Function|evalScript|loadScript|Worker)\b/,
  json: /\bJSON\b/,
  map: /\b(Weak)?(Map|Set)\b/,
  'module-loader': /\bimport\s*\(|\bWorker\b/,
  proxy: /\bProxy\b/,
  'string-normalize': /\bnormalize\b/,
  weakref: /\b(WeakRef|FinalizationRegistry)\b/,
}

export function unusedFeatures(program: string): string[] {
  return Object.entries(REMOVABLE).flatMap(([feature, words]) => (words.test(program) ? [] : [feature]))
}

/** Compiles a JavaScript program into one static executable. Same program and toolchain, same bytes. */
export function compile(program: string, { qjsc, engine, gcc }: Toolchain, out: string): number {
  mkdirSync(dirname(out), { recursive: true })
  const work = mkdtempSync(join(dirname(out), '.native-'))
  try {
    // One relative name, wherever the result goes: qjsc writes it into the bytecode, for stack traces.
    writeFileSync(join(work, SCRIPT), program)
    const without = unusedFeatures(program).map(feature => `-fno-${feature}`)
    run(qjsc, ['-e', '-m', '-M', 'nvmf:datagram,datagram', ...without, '-o', 'main.c', SCRIPT], {
      cwd: work,
      what: 'compiling JavaScript',
    })
    const link = ['-static', '-s', '-Wl,--gc-sections', '-Wl,-z,noexecstack', `-L${engine}`]
    const libraries = ['-lquickjs', '-lm', '-ldl', '-lpthread']
    run(gcc, ['-O2', `-I${engine}`, '-o', 'main', 'main.c', DATAGRAM, ...link, ...libraries], {
      cwd: work,
      what: 'linking the helper',
    })
    const bytes = check(join(work, 'main'))
    renameSync(join(work, 'main'), out)
    return bytes
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The helper runs before any library path is sure to be mounted, so the promise "static and small" is part of the build. */
function check(file: string): number {
  if (/\bINTERP\b|\bDYNAMIC\b/.test(run('readelf', ['-lW', file]))) throw new BuildError('the helper is not static')
  const bytes = statSync(file).size
  if (bytes > MAX_BYTES) throw new BuildError(`the helper has ${bytes} bytes; ${MAX_BYTES} are allowed`)
  return bytes
}
