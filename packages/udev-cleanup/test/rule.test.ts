import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { layoutBelow } from '@nvmf/registry-core/protocol'
import { expect, test } from 'vitest'
import { renderRule } from '../build/rule-text.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const RULE = 'udev/70-nvmf-ownership.rules'

/** The one line that is no comment. */
const rule = (paths: Parameters<typeof renderRule>[1]): string =>
  renderRule(text(`${RULE}.in`), paths)
    .split('\n')
    .filter(line => /^[^#]/.test(line))
    .join('\n')

test('the committed rule is the template with the defaults: node packages/udev-cleanup/build/rule.ts', () => {
  expect(text(RULE)).toBe(renderRule(text(`${RULE}.in`), {}))
})

test('its registry is the one of the code, its helper the one that the package installs and the unit runs', () => {
  expect(rule({})).toContain(`TEST=="${layoutBelow('/').registry}/%k"`)
  const [, helper] = /RUN\+="(\S+) %k"/.exec(rule({})) ?? []
  expect(text('packaging/nfpm.registry.yaml')).toContain(`dst: ${helper}\n`)
  expect(text('systemd/nvmf-registry-sweep.service')).toContain(`ExecStart=${helper} --sweep\n`)
})

test('a packager may move both', () => {
  expect(rule({ rundir: '/var/run', helper: '/nix/store/abc-nvmf-0.1.0/lib/nvmf-registry-cleanup' })).toBe(
    'ACTION=="remove", SUBSYSTEM=="nvme", KERNEL=="nvme[0-9]*", TEST=="/var/run/nvme/registry/%k", ' +
      'RUN+="/nix/store/abc-nvmf-0.1.0/lib/nvmf-registry-cleanup %k"',
  )
})

test.each(['', 'run', '/', '/run/', '/a b', '/a"b', '/a%k', '/a$x', '/a*', '/a|b', '/a\nb'])(
  'what udev would read as something else is refused: %j',
  path => {
    for (const option of ['rundir', 'helper'])
      expect(() => rule({ [option]: path })).toThrow(`--${option} wants an absolute path of plain characters`)
  },
)
