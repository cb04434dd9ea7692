import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { buildDeb } from './deb.ts'
import type { Description, Format, Variables } from './description.ts'
import { describe } from './description.ts'
import { buildRpm } from './rpm.ts'
import { onPath, run } from './run.ts'
import { type Arch, hostArch, sourceDate, stage, variables } from './stage.ts'

export const DESCRIPTIONS = ['packaging/nfpm.registry.yaml', 'packaging/nfpm.cli.yaml']
export const TOOLS: Record<Format, string> = { deb: 'dpkg-deb', rpm: 'rpmbuild' }

type Builder = (file: string, format: Format, work: string) => string

export interface Options {
  /** The source tree; every `src` of a description is relative to it. */
  root: string
  out: string
  formats: readonly Format[]
  builder: 'nfpm' | 'own'
  /** What the helper is packaged for; this machine unless told. */
  archs?: readonly Arch[]
}

/** Builds every package in every format, once for each architecture it depends on, and returns the files, in `out`. */
export function buildPackages({ root, out, formats, builder, archs = [hostArch()] }: Options): string[] {
  const epoch = sourceDate(root)
  mkdirSync(out, { recursive: true })
  const built = new Set<string>()
  for (const arch of archs) {
    const vars = variables(root, arch)
    stage(root, vars, epoch)
    const build = builder === 'nfpm' ? nfpm(root, vars, epoch) : own(root, vars, epoch)
    for (const format of formats) {
      for (const file of DESCRIPTIONS) {
        if (arch === archs[0] || dependsOnArch(root, file, format, vars))
          built.add(inWork(work => publish(build(file, format, work), out)))
      }
    }
  }
  removeOthers(out, [...built], formats)
  return [...built]
}

const dependsOnArch = (root: string, file: string, format: Format, vars: Variables): boolean =>
  load(root, file, format, vars).arch !== 'all'

export const defaultBuilder = (): Options['builder'] => (onPath('nfpm') ? 'nfpm' : 'own')

function load(root: string, file: string, format: Format, vars: Variables): Description {
  return describe(readFileSync(join(root, file), 'utf8'), file, format, vars)
}

function own(root: string, vars: Variables, epoch: number): Builder {
  const builders = { deb: buildDeb, rpm: buildRpm }
  return (file, format, work) => builders[format](load(root, file, format, vars), root, work, epoch)
}

function nfpm(root: string, vars: Variables, epoch: number): Builder {
  return (file, format, work) => {
    const args = ['package', '--config', file, '--packager', format, '--target', work]
    run('nfpm', args, { cwd: root, env: { ...vars, SOURCE_DATE_EPOCH: String(epoch) } })
    const [made] = readdirSync(work)
    return join(work, made as string)
  }
}

function inWork<T>(action: (work: string) => T): T {
  const work = mkdtempSync(join(tmpdir(), 'nvmf-packages-'))
  try {
    return action(work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Renames within `out`, so that nobody who looks there finds half a package. */
function publish(file: string, out: string): string {
  const target = join(out, basename(file))
  const partial = join(out, `.${basename(file)}.${process.pid}`)
  copyFileSync(file, partial)
  renameSync(partial, target)
  return target
}

/** `dist/packages/*.deb` must mean this version: packages of earlier builds go. */
function removeOthers(out: string, built: readonly string[], formats: readonly Format[]): void {
  const keep = new Set(built.map(path => basename(path)))
  for (const name of readdirSync(out)) {
    const ours = /^nvmf-(?:registry|cli)[_-].*\.(deb|rpm)$/.exec(name)
    if (ours !== null && formats.includes(ours[1] as Format) && !keep.has(name)) rmSync(join(out, name))
  }
}
