/**
 * Builds the udev helper: TypeScript -> one ES2020 module -> QuickJS bytecode -> one static executable.
 *
 *   node packages/udev-cleanup/build/native.ts [--js FILE] [--out FILE]
 *
 * --js takes a program that is bundled already; --out defaults to dist/nvmf-registry-cleanup of this package.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { compile } from './compile.ts'
import { quickjsToolchain } from './quickjs.ts'
import { BuildError } from './run.ts'

const PACKAGE = resolve(import.meta.dirname, '..')
const ENTRY = join(PACKAGE, 'src/quickjs/main.ts')
const OUT = join(PACKAGE, 'dist/nvmf-registry-cleanup')

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
  const { values } = parseArgs({ options: { js: { type: 'string' }, out: { type: 'string' } } })
  const out = resolve(values.out ?? OUT)
  const text = await program(values.js)
  const bytes = compile(text, quickjsToolchain(log), out)
  log(`${relative(process.cwd(), out)}: ${bytes} bytes, static`)
}

try {
  await main()
} catch (error) {
  const usage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (!(error instanceof BuildError) && !usage) throw error
  log(error.message)
  process.exitCode = 1
}
