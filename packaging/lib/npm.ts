import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.ts'

/** Packs every public package as `changeset publish` does, into `out`; returns the tarballs. */
export function packPublic(root: string, out: string): string[] {
  mkdirSync(out, { recursive: true })
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string }
  // pnpm names itself to what it runs; elsewhere the pinned one is fetched.
  const self = process.env['npm_execpath']
  const [command, ...first] = self?.includes('pnpm') === true ? [self] : ['npx', '-y', packageManager]
  // NODE_OPTIONS of this workspace would make node resolve packages to their sources.
  const args = [...first, '-r', '--filter', './packages/*', '--filter', '!@nvmf/e2e', 'pack', '--pack-destination', out]
  run(command as string, args, { cwd: root, env: { NODE_OPTIONS: '' } })
  return readdirSync(out)
    .filter(name => name.endsWith('.tgz'))
    .toSorted()
    .map(name => join(out, name))
}

/** What the npm packages are tried on, beside the Node 24 of this workspace: the newest of each that is supported. */
export const NODES = ['18.20.8', '20.20.2', '22.23.3']

/** Nodes of these versions for this machine, from npm, kept in the cache: each one's program. */
export function nodeBinaries(versions: readonly string[]): string[] {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nvmf-nodes')
  const missing = versions.filter(version => !existsSync(join(cache, version)))
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, '.new-'))
  const name = `node-linux-${process.arch}`
  // One call: npm fetches side by side.
  const wanted = missing.map(version => `${name}@${version}`)
  if (wanted.length > 0) run('npm', ['pack', '--loglevel=error', ...wanted], { cwd: work, env: { NODE_OPTIONS: '' } })
  for (const version of missing) {
    run('tar', ['-xzf', `${name}-${version}.tgz`, 'package/bin/node'], { cwd: work })
    renameSync(join(work, 'package'), join(cache, version))
  }
  rmSync(work, { recursive: true })
  return versions.map(version => join(cache, version, 'bin/node'))
}
