/**
 * What is due at this commit, as outputs of a workflow's step: `version` while changesets wait, `publish` when a version is
 * not tagged yet, else `nothing`. 0.0.0 is what the manifests say before the first release.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../lib/steps.ts'

const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/cli/package.json'), 'utf8')) as { version: string }
const waiting = readdirSync(join(ROOT, '.changeset')).some(name => name.endsWith('.md') && name !== 'README.md')

function isTagged(): boolean {
  const { status, stdout } = spawnSync('git', ['tag', '--list', `v${version}`], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error('git tag --list failed')
  return stdout.trim() !== ''
}

const due = waiting ? 'version' : version === '0.0.0' || isTagged() ? 'nothing' : 'publish'
process.stdout.write(`due=${due}\nversion=${version}\n`)
