import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const MODULE = readFileSync(join(ROOT, 'initramfs/dracut/95nvmf-registry/module-setup.sh'), 'utf8')
const HOOK = readFileSync(join(ROOT, 'initramfs/initramfs-tools/nvmf-registry'), 'utf8')
const FUNCTIONS = '/usr/share/initramfs-tools/hook-functions'

const RULE = 'udev/rules.d/70-nvmf-ownership.rules'
const HELPER = 'usr/lib/udev/nvmf-registry-cleanup'

/** initramfs-tools' own, as far as a file on a path without links needs them: a file that is there already is status 1. */
const COPYING = `
copy_file() {
  [ -f "$ROOT$2" ] || return 2
  [ -e "$DESTDIR$3" ] && return 1
  mkdir -p "$DESTDIR\${3%/*}"
  cp "$ROOT$2" "$DESTDIR$3"
}
copy_exec() { copy_file binary "$1" "$1" || return $(($? - 1)); }
`

interface Machine {
  readonly transports?: readonly string[]
  /** Files by path; undefined is a link to /dev/null. */
  readonly files?: Readonly<Record<string, string | undefined>>
}

/** A machine in a directory, and `script` with its paths in place of the real ones; `image` is what the script has copied. */
function run(shell: string, script: string, { transports = [], files = {} }: Machine, args: readonly string[] = []) {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-initramfs-test-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const all: Machine['files'] = { [HELPER]: 'helper', [`usr/lib/${RULE}`]: 'rule', functions: COPYING, ...files }
  for (const [instance, transport] of transports.entries())
    Object.assign(all, { [`sys/class/nvme/nvme${instance}/transport`]: `${transport}\n` })
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    if (text === undefined) symlinkSync('/dev/null', join(root, path))
    else writeFileSync(join(root, path), text)
  }
  const file = join(root, 'script')
  const text = script
    .replaceAll('/sys/class', `${root}/sys/class`)
    .replaceAll(FUNCTIONS, `${root}/functions`)
    // The host's, where they are looked at; names in the image stay as they are.
    .replaceAll('[ -e "$rule" ]', '[ -e "$ROOT$rule" ]')
    .replaceAll('[ -s "$rule" ]', '[ -s "$ROOT$rule" ]')
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  const { status, stdout, stderr } = spawnSync(shell, [file, ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      MODULES: args[0] === 'dep' ? 'dep' : 'most',
      ROOT: root,
      DESTDIR: join(root, 'image'),
      dracutsysrootdir: root,
    },
  })
  const image = (path: string): string | undefined =>
    existsSync(join(root, 'image', path)) ? readFileSync(join(root, 'image', path), 'utf8') : undefined
  return { status, stdout, stderr, rule: image(`usr/lib/${RULE}`), helper: image(HELPER) }
}

describe('the hook of initramfs-tools', () => {
  const said = { status: 0, stdout: '', stderr: '' }
  const copied = { ...said, rule: 'rule', helper: 'helper' }
  const nothing = { ...said, rule: undefined, helper: undefined }
  it("runs after udev's, whose directory it copies into", () => {
    expect(run('sh', HOOK, {}, ['prereqs'])).toEqual({ ...nothing, stdout: 'udev\n' })
  })
  it('copies rule and helper into a generic image, whatever this host has', () => {
    expect(run('sh', HOOK, {})).toEqual(copied)
  })
  it('copies them into an image for this host alone only where NVMe-oF is in use', () => {
    expect(run('sh', HOOK, { transports: ['pcie', 'tcp'] }, ['dep'])).toEqual(copied)
    for (const transports of [[], ['pcie'], ['pcie', 'pcie']])
      expect(run('sh', HOOK, { transports }, ['dep'])).toEqual(nothing)
  })
  it('replaces what another hook has copied, as older files of the same names', () => {
    const files = { [`image/usr/lib/${RULE}`]: 'older', [`image/${HELPER}`]: 'older' }
    expect(run('sh', HOOK, { files })).toEqual(copied)
    expect(run('sh', HOOK, { files: { [`image/usr/lib/${RULE}`]: 'older' } })).toEqual(copied)
  })
  it("leaves libnvme's rule where it is", () => {
    const files = { 'image/usr/lib/udev/rules.d/70-nvmf-registry.rules': "libnvme's" }
    expect(run('sh', HOOK, { files })).toEqual(copied)
  })
  it.each(['etc', 'usr/local/lib'])('copies the rule that /%s has in place of the package', directory => {
    expect(run('sh', HOOK, { files: { [`${directory}/${RULE}`]: 'own' } })).toEqual({ ...copied, rule: 'own' })
  })
  it.each([
    ['a link to /dev/null', undefined],
    ['an empty file', ''],
  ])('copies nothing where the rule is masked by %s', (_, mask) => {
    expect(run('sh', HOOK, { files: { [`etc/${RULE}`]: mask } })).toEqual(nothing)
    expect(run('sh', HOOK, { files: { [`usr/local/lib/${RULE}`]: mask } })).toEqual(nothing)
    // The one in /etc counts.
    const files = { [`etc/${RULE}`]: 'own', [`usr/local/lib/${RULE}`]: mask }
    expect(run('sh', HOOK, { files })).toEqual({ ...copied, rule: 'own' })
  })
  it('fails where the helper is missing: an image without it would go unnoticed', () => {
    const files = { [HELPER]: undefined }
    expect(run('sh', HOOK, { files })).toMatchObject({ status: 1, rule: undefined })
  })
})

const dracut = (missing: boolean, hostonly: string, call: string): string =>
  [
    `require_binaries() { ${missing ? 'return 1' : ':'}; }`,
    'inst_simple() { echo "simple $*"; }',
    'inst_rules() { echo "rules $*"; }',
    `hostonly=${hostonly}`,
    MODULE,
    call,
  ].join('\n')
const check = (missing: boolean, hostonly: string, machine: Machine): number | null =>
  run('bash', dracut(missing, hostonly, 'check'), machine).status

describe('the module of dracut', () => {
  it('installs rule and helper, after the rules of udev', () => {
    expect(run('bash', dracut(false, '', 'depends; install'), {})).toMatchObject({
      status: 0,
      stdout: 'udev-rules\nsimple /usr/lib/udev/nvmf-registry-cleanup\nrules 70-nvmf-ownership.rules\n',
      stderr: '',
    })
  })
  it('belongs into a generic image, and into one for this host alone where NVMe-oF is in use', () => {
    expect(check(false, '', {})).toBe(0)
    expect(check(false, 'yes', { transports: ['pcie', 'tcp'] })).toBe(0)
    expect(check(false, 'yes', { transports: ['pcie'] })).toBe(255)
    expect(check(false, 'yes', {})).toBe(255)
  })
  it('does not belong where the helper is not installed', () => {
    expect(check(true, '', {})).toBe(1)
  })
  it.each([
    ['a link to /dev/null', undefined],
    ['an empty file', ''],
  ])('does not belong where the rule is masked by %s, and installs nothing if it is asked for', (_, mask) => {
    const files = { [`etc/${RULE}`]: mask }
    expect(check(false, '', { files })).toBe(255)
    expect(check(false, 'yes', { files, transports: ['tcp'] })).toBe(255)
    expect(run('bash', dracut(false, '', 'install'), { files })).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(check(false, '', { files: { [`etc/${RULE}`]: 'own' } })).toBe(0)
  })
})
