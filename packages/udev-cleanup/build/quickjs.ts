import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchSource } from './archive.ts'
import { run } from './run.ts'
import { type Target, targetOf } from './target.ts'

/** The bytecode format and the `os` module change between QuickJS releases: raise this on purpose, with the tests. */
export const UPSTREAM = '2025.04.26'
/** One section per function lets the linker drop the parts of the engine that the helper does not use. */
const CFLAGS = '-ffunction-sections -fdata-sections'
const LIBRARY = ['libquickjs.a', 'quickjs.h', 'quickjs-libc.h', 'LICENSE']

/** What compiles a program for one machine. */
export interface Toolchain {
  /** Runs here, whatever it compiles for: its bytecode is the same on every 64-bit little-endian machine. */
  readonly qjsc: string
  /** The folder of libquickjs.a for that machine, and its headers. */
  readonly engine: string
  readonly gcc: string
}

/** Built on first use, 45 s for each machine, and then kept. */
export function quickjsToolchain(target: Target, log: (line: string) => void): Toolchain {
  const engine = build(target, log)
  const here = target.prefix === '' ? engine : build(targetOf(undefined), log)
  return { qjsc: join(here, 'qjsc'), engine, gcc: `${target.prefix}gcc` }
}

/** The folder with the engine for one machine, and with qjsc if that is this one. */
function build({ arch, prefix }: Target, log: (line: string) => void): string {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nvmf-quickjs')
  const files = prefix === '' ? ['qjsc', ...LIBRARY] : LIBRARY
  const compiler = compilerKey(`${prefix}gcc`, files)
  const cached = newestCached(cache, compiler)
  if (cached !== undefined) return cached

  const work = mkdtempSync(join(tmpdir(), 'nvmf-quickjs-'))
  try {
    log(`fetching QuickJS ${UPSTREAM} from the Debian archive`)
    const { version, source } = fetchSource('quickjs', UPSTREAM, work)
    log(`building QuickJS ${version} for ${arch}, once for this compiler`)
    const targets = ['.obj', 'libquickjs.a', ...(prefix === '' ? ['qjsc'] : [`CROSS_PREFIX=${prefix}`])]
    run('make', ['-s', `-j${availableParallelism()}`, ...targets], {
      cwd: source,
      env: { CFLAGS },
      what: 'building QuickJS',
    })
    return install(files, source, cache, `${version}_${compiler}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** What an object file depends on beside its source. A distribution's compiler update is in gcc's first line. */
function compilerKey(gcc: string, files: readonly string[]): string {
  const machine = run(gcc, ['-dumpmachine']).trim()
  const version = run(gcc, ['--version']).split('\n')[0] ?? ''
  const digest = createHash('sha256').update(`${version}\n${CFLAGS}\n${files.join()}`).digest('hex')
  return `${machine}_${digest.slice(0, 12)}`
}

/** A cached build spares the network altogether. The archive is asked again only when the folder is removed. */
function newestCached(cache: string, compiler: string): string | undefined {
  if (!existsSync(cache)) return undefined
  const matching = readdirSync(cache).filter(name => name.startsWith(`${UPSTREAM}-`) && name.endsWith(`_${compiler}`))
  const newest = matching.toSorted().at(-1)
  return newest === undefined ? undefined : join(cache, newest)
}

/** Copies beside the final name, then renames: a reader sees a whole toolchain or none, however many build at once. */
function install(files: readonly string[], source: string, cache: string, name: string): string {
  mkdirSync(cache, { recursive: true })
  const staged = mkdtempSync(join(cache, '.new-'))
  const final = join(cache, name)
  try {
    for (const file of files) copyFileSync(join(source, file), join(staged, file))
    renameSync(staged, final)
  } catch (error) {
    rmSync(staged, { recursive: true, force: true })
    // Another build finished first; the same source and compiler make its result as good as ours.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  return final
}
