/**
 * Builds the distribution packages from the nfpm descriptions beside this file, their checksums and bill of materials.
 *
 *   node packaging/build.ts [--out DIR] [--format deb|rpm] [--builder nfpm|own] [--arch amd64|arm64]...
 *
 * The helper and the command must be built already. --out defaults to dist/packages; nfpm is used where it is on PATH.
 * --arch is whom the helper was built for, this machine unless told; it may be given twice.
 */
import { statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Format } from './lib/description.ts'
import { writeManifest } from './lib/manifest.ts'
import { buildPackages, defaultBuilder, TOOLS } from './lib/packages.ts'
import { onPath, PackagingError } from './lib/run.ts'
import { hostArch } from './lib/stage.ts'

const ROOT = resolve(import.meta.dirname, '..')
const STRING = { type: 'string' } as const
const OPTIONS = { out: STRING, format: STRING, builder: STRING, arch: { ...STRING, multiple: true } } as const

function main(): void {
  const { values } = parseArgs({ options: OPTIONS })
  const builder = oneOf('builder', values.builder ?? defaultBuilder(), ['nfpm', 'own'])
  const formats: Format[] =
    values.format === undefined ? ['deb', 'rpm'] : [oneOf('format', values.format, ['deb', 'rpm'])]
  for (const format of builder === 'own' ? formats : []) {
    if (!onPath(TOOLS[format]))
      throw new PackagingError(`${TOOLS[format]} is not installed; --format builds one format only`)
  }
  const out = resolve(values.out ?? `${ROOT}/dist/packages`)
  const archs = (values.arch ?? [hostArch()]).map(arch => oneOf('arch', arch, ['amd64', 'arm64'] as const))
  for (const file of buildPackages({ root: ROOT, out, formats, builder, archs }))
    process.stdout.write(`${relative(process.cwd(), file)}  ${statSync(file).size} bytes\n`)
  writeManifest(ROOT, out)
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find(candidate => candidate === value)
  if (found === undefined) throw new PackagingError(`--${option} is one of ${allowed.join(', ')}`)
  return found
}

try {
  main()
} catch (error) {
  const usage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (!(error instanceof PackagingError) && !usage) throw error
  process.stderr.write(`packaging: ${error.message}\n`)
  process.exitCode = 1
}
