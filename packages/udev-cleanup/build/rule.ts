/**
 * Renders the udev rule from udev/70-nvmf-ownership.rules.in, for packagers who put things elsewhere:
 *
 *   node packages/udev-cleanup/build/rule.ts [--rundir DIR] [--helper PATH] [--out FILE]
 *
 * --out defaults to udev/70-nvmf-ownership.rules, which is committed as the defaults render it. Where the registry is has
 * one more place, REGISTRY_DIR in packages/registry-core/src/layout.ts: the helper and the command are built with it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { renderRule } from './rule-text.ts'
import { BuildError } from './run.ts'

const UDEV = resolve(import.meta.dirname, '../../../udev')
const RULE = join(UDEV, '70-nvmf-ownership.rules')

try {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { rundir: text, helper: text, out: text } })
  writeFileSync(values.out ?? RULE, renderRule(readFileSync(`${RULE}.in`, 'utf8'), values))
} catch (error) {
  const usage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (!(error instanceof BuildError) && !usage) throw error
  process.stderr.write(`rule: ${error.message}\n`)
  process.exitCode = 1
}
