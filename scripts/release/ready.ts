/**
 * Refuses a release that would say something untrue, one line for each thing to set. Nothing of it can be known before the
 * project has a public home.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../lib/steps.ts'

interface Manifest {
  name: string
  version: string
  private?: boolean
  author?: string
  homepage?: string
  repository?: { url?: string; directory?: string }
}
const read = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest

const root = read('.')
const folders = readdirSync(join(ROOT, 'packages')).map(name => `packages/${name}`)
const released = folders.map(folder => ({ folder, ...read(folder) })).filter(each => each.private !== true)

const missing: string[] = []
if (root.author === undefined || root.author.endsWith('.invalid>'))
  missing.push('package.json: "author" is the maintainer of deb and rpm, and must be an address that is read')
if (root.homepage?.startsWith('https://') !== true)
  missing.push('package.json: "homepage" is the homepage of deb and rpm, and must be an https address')
for (const { folder, repository } of released) {
  if (repository?.url === undefined || repository.directory !== folder)
    missing.push(`${folder}/package.json: "repository" needs url and directory; npm's provenance is checked against it`)
}
const versions = new Set(released.map(({ version }) => version))
if (versions.size !== 1 || versions.has('0.0.0'))
  missing.push(`versions are ${[...versions].join(', ')}: changeset version gives all packages the same one`)

for (const line of missing) process.stderr.write(`release: ${line}\n`)
process.exitCode = missing.length === 0 ? 0 : 1
