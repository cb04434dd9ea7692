import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const MODULE = readFileSync(join(ROOT, 'initramfs/dracut/95nvmf-registry/module-setup.sh'), 'utf8')
const HOOK = readFileSync(join(ROOT, 'initramfs/initramfs-tools/nvmf-registry'), 'utf8')
const FUNCTIONS = '/usr/share/initramfs-tools/hook-functions'

/** A host whose controllers have these transports, and `script` with its /sys and its functions in place of the real ones. */
function run(shell: string, script: string, transports: readonly string[], args: readonly string[] = []) {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-initramfs-test-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [instance, transport] of transports.entries()) {
    mkdirSync(join(root, `sys/class/nvme/nvme${instance}`), { recursive: true })
    writeFileSync(join(root, `sys/class/nvme/nvme${instance}/transport`), `${transport}\n`)
  }
  writeFileSync(join(root, 'functions'), 'copy_exec() { echo "exec $*"; }\ncopy_file() { echo "file $*"; }\n')
  const file = join(root, 'script')
  writeFileSync(file, script.replaceAll('/sys/class', `${root}/sys/class`).replaceAll(FUNCTIONS, `${root}/functions`))
  chmodSync(file, 0o755)
  const { status, stdout, stderr } = spawnSync(shell, [file, ...args], {
    encoding: 'utf8',
    env: { ...process.env, MODULES: args[0] === 'dep' ? 'dep' : 'most' },
  })
  return { status, stdout, stderr }
}

describe('the hook of initramfs-tools', () => {
  const copied = {
    status: 0,
    stdout: 'exec /usr/lib/udev/nvmf-registry-cleanup\nfile rule /usr/lib/udev/rules.d/70-nvmf-ownership.rules\n',
    stderr: '',
  }
  it("runs after udev's, whose directory it copies into", () => {
    expect(run('sh', HOOK, [], ['prereqs'])).toEqual({ status: 0, stdout: 'udev\n', stderr: '' })
  })
  it('copies rule and helper into a generic image, whatever this host has', () => {
    expect(run('sh', HOOK, [])).toEqual(copied)
  })
  it('copies them into an image for this host alone only where NVMe-oF is in use', () => {
    expect(run('sh', HOOK, ['pcie', 'tcp'], ['dep'])).toEqual(copied)
    for (const transports of [[], ['pcie'], ['pcie', 'pcie']])
      expect(run('sh', HOOK, transports, ['dep'])).toEqual({ status: 0, stdout: '', stderr: '' })
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
const check = (missing: boolean, hostonly: string, transports: readonly string[]): number | null =>
  run('bash', dracut(missing, hostonly, 'check'), transports).status

describe('the module of dracut', () => {
  it('installs rule and helper, after the rules of udev', () => {
    expect(run('bash', dracut(false, '', 'depends; install'), [])).toEqual({
      status: 0,
      stdout: 'udev-rules\nsimple /usr/lib/udev/nvmf-registry-cleanup\nrules 70-nvmf-ownership.rules\n',
      stderr: '',
    })
  })
  it('belongs into a generic image, and into one for this host alone where NVMe-oF is in use', () => {
    expect(check(false, '', [])).toBe(0)
    expect(check(false, 'yes', ['pcie', 'tcp'])).toBe(0)
    expect(check(false, 'yes', ['pcie'])).toBe(255)
    expect(check(false, 'yes', [])).toBe(255)
  })
  it('does not belong where the helper is not installed', () => {
    expect(check(true, '', [])).toBe(1)
  })
})
