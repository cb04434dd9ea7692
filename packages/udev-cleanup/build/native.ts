/**
 * Builds the udev helper: TypeScript -> one ES2020 module -> QuickJS bytecode -> one static executable.
 *
 *   node packages/udev-cleanup/build/native.ts [--arch amd64|arm64] [--js FILE] [--out FILE]
 *
 * --arch defaults to this machine's; another one is cross-compiled, into dist/ARCH. --js takes a program that is bundled
 * already; --out defaults to nvmf-registry-cleanup in dist of this package.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { compile } from './compile.ts'
import { quickjsToolchain } from './quickjs.ts'
import { BuildError } from './run.ts'
import { targetOf } from './target.ts'

const PACKAGE = resolve(import.meta.dirname, '..')
const ENTRY = join(PACKAGE, 'src/quickjs/main.ts')
const NAME = 'nvmf-registry-cleanup'

const log = (line: string): void => void process.stderr.write(`native: ${line}\n`)

async function program(js: string | undefined): Promise<string> {
  if (js !== undefined) {
    if (!existsSync(js)) throw new BuildError(`${js}: no such file`)
    return readFileSync(js, 'utf8')
  }
  const work = mkdtempSync(join(tmpdir(), 'nvmf-bundle-'))
  try {
    return await bundle(ENTRY, work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function main(): Promise<void> {
  const string = { type: 'string' } as const
  const { values } = parseArgs({ options: { arch: string, js: string, out: string } })
  const target = targetOf(values.arch)
  const out = resolve(values.out ?? join(PACKAGE, 'dist', target.prefix === '' ? '' : target.arch, NAME))
  const text = await program(values.js)
  const bytes = compile(text, quickjsToolchain(target, log), out)
  log(`${relative(process.cwd(), out)}: ${bytes} bytes, static, ${target.arch}`)
}

try {
  await main()
} catch (error) {
  const usage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (!(error instanceof BuildError) && !usage) throw error
  log(error.message)
  process.exitCode = 1
}
