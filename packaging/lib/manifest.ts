import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { bundledInto, linkedInto } from './bundled.ts'
import { describe } from './description.ts'
import { DESCRIPTIONS } from './packages.ts'
import { type Released, sbom } from './sbom.ts'
import { type Arch, hostArch, sourceDate, variables } from './stage.ts'

export const SUMS = 'SHA256SUMS'
export const SBOM = 'nvmf.spdx.json'

const ARCHS: readonly [RegExp, Arch][] = [
  [/[_.](?:amd64|x86_64)\.(?:deb|rpm)$/, 'amd64'],
  [/[_.](?:arm64|aarch64)\.(?:deb|rpm)$/, 'arm64'],
]

/** Writes checksums of the packages in `out`, and of the bill of materials that it writes beside them. */
export function writeManifest(root: string, out: string): void {
  const vars = variables(root, hostArch())
  const licences = new Map(
    DESCRIPTIONS.map(file => describe(readFileSync(join(root, file), 'utf8'), file, 'deb', vars)).map(
      ({ name, license }) => [name, license],
    ),
  )
  const command = bundledInto(root, readFileSync(join(root, 'dist/stage/nvmf.cjs'), 'utf8'))
  const released = packageFiles(out).map((file): Released => {
    const npm = file.endsWith('.tgz')
    const name = /^nvmf(?:-[a-z]+)*/.exec(file)?.[0] ?? ''
    const arch = ARCHS.find(([pattern]) => pattern.test(file))?.[1]
    const linked = arch === undefined ? [] : linkedInto(arch)
    return {
      file,
      name: npm ? name.replace(/^nvmf-/, '@nvmf/') : name,
      version: (npm ? vars['VERSION'] : vars['PACKAGE_VERSION']) ?? '',
      license: (npm ? 'MIT' : licences.get(name)) ?? 'NOASSERTION',
      sha256: sha256(join(out, file)),
      contains: name === 'nvmf' || name === 'nvmf-cli' ? command : linked,
    }
  })
  write(join(out, SBOM), sbom(vars['PACKAGE_VERSION'] ?? '', released, sourceDate(root)))
  const listed = [...packageFiles(out), SBOM]
  write(join(out, SUMS), listed.map(file => `${sha256(join(out, file))}  ${file}\n`).join(''))
}

const packageFiles = (out: string): string[] =>
  readdirSync(out)
    .filter(name => /^nvmf-.*\.(?:deb|rpm|tgz)$/.test(name))
    .toSorted()

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/** Whole or not at all, for whoever reads it meanwhile. */
function write(file: string, text: string): void {
  const partial = `${file.slice(0, -basename(file).length)}.${basename(file)}.${process.pid}`
  writeFileSync(partial, text)
  renameSync(partial, file)
}
