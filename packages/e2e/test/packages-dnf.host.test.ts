import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildPackages } from '../../../packaging/lib/packages.ts'
import { type DebianRoot, debianRoot } from './debian-root.ts'
import { REGISTRY } from './installed.ts'

/**
 * dnf into a root that has a real shell, systemd and node, and Fedora's presets. Packages without files stand for what
 * Fedora would provide them with. dnf returns 0 when a script fails, so each effect is looked at.
 */
const ROOT = resolve(import.meta.dirname, '../../..')
const PACKAGES = join(ROOT, 'dist/packages')
const UNIT = 'nvmf-registry-sweep.service'
const WANTED = `/etc/systemd/system/multi-user.target.wants/${UNIT}`
const HELPER = '/usr/lib/udev/nvmf-registry-cleanup'

const work = mkdtempSync(join(tmpdir(), 'nvmf-dnf-test-'))
let root: DebianRoot
beforeAll(async () => {
  root = await debianRoot('trixie')
  mkdirSync(join(root.dir, 'etc/systemd/system-preset'), { recursive: true })
  writeFileSync(join(root.dir, 'etc/systemd/system-preset/99-default-disable.preset'), 'disable *\n')
})
afterAll(() => {
  vi.unstubAllEnvs()
  root.remove()
  rmSync(work, { recursive: true })
})

const rpms = (): string[] =>
  readdirSync(PACKAGES)
    .filter(name => /\.(?:noarch|x86_64)\.rpm$/.test(name))
    .map(name => join(PACKAGES, name))

/** The packages that the build before this one would have made: the same, with a lower version. */
function previousRpms(): string[] {
  const tree = join(work, 'source')
  for (const folder of ['packages/cli', 'packages/udev-cleanup']) mkdirSync(join(tree, folder), { recursive: true })
  const shared = ['packaging', 'initramfs', 'systemd', 'udev', 'package.json']
  for (const path of [...shared, 'packages/cli/dist', 'packages/udev-cleanup/dist'])
    symlinkSync(join(ROOT, path), join(tree, path))
  writeFileSync(join(tree, 'packages/cli/package.json'), '{ "version": "0.0.0-0" }')
  vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000')
  return buildPackages({ root: tree, out: join(work, 'previous'), formats: ['rpm'], builder: 'own' })
}

/** An rpm without files. */
function stub(name: string, version: string, ...tags: string[]): string {
  const spec = join(work, `${name}.spec`)
  const head = [`Name: ${name}`, `Version: ${version}`, 'Release: 1', 'Summary: x', 'License: MIT', 'BuildArch: noarch']
  writeFileSync(spec, [...head, ...tags, '%description', '%files', ''].join('\n'))
  execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${work}`, '--define', `_rpmdir ${work}`, spec])
  return join(work, `noarch/${name}-${version}-1.noarch.rpm`)
}

/** What Fedora's node provides: its epoch is no bound for anybody, its engine is. */
const nodejs = (version: string): string =>
  stub('nodejs', version, 'Epoch: 1', `Provides: nodejs(engine) = ${version}`, 'Provides: /usr/bin/node')

function dnf(...args: string[]): { code: number | null; said: string } {
  const own = [`--installroot=${root.dir}`, '--releasever=1', '--disablerepo=*', '--setopt=reposdir=/nonexistent', '-y']
  // /proc, as mock and anaconda have it: without it systemd-tmpfiles does nothing.
  const script = 'mount -t proc proc "$1/proc" && shift && exec dnf "$@"'
  const mounted = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', root.dir]
  const { status, stdout, stderr, error } = spawnSync('unshare', [...mounted, ...own, ...args], { encoding: 'utf8' })
  if (error !== undefined) throw error
  return { code: status, said: stdout + stderr }
}

const file = (path: string): string => join(root.dir, path)
const installed = (): string[] => {
  const { stdout } = spawnSync('rpm', ['--root', root.dir, '-qa', 'nvmf-*'], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .toSorted()
}

test('a node that is too old is refused, whatever its epoch says', () => {
  const { code, said } = dnf('install', stub('shell', '1', 'Provides: /bin/sh'), nodejs('16.20.2'), ...rpms())
  expect(code).toBe(1)
  expect(said).toContain('nothing provides nodejs(engine) >= 18.20 needed by nvmf-cli')
  expect(installed()).toEqual([])
})

test('both install; the registry is there, the preset has enabled the sweep, the command runs', () => {
  const { said } = dnf('install', stub('shell', '1', 'Provides: /bin/sh'), nodejs('18.20.0'), ...previousRpms())
  expect(said).not.toMatch(/warning|scriptlet failed|error/i)
  expect(installed()).toHaveLength(2)
  expect(root.sh(`stat -c '%a %U' ${REGISTRY}; readlink ${WANTED}`)).toBe(`755 root\n/usr/lib/systemd/system/${UNIT}\n`)
  expect(root.sh(`nvmf --version && ${HELPER} --sweep`)).toMatch(/^\d+\.\d+\.\d+/)
  expect(spawnSync('rpm', ['--root', root.dir, '-V', 'nvmf-registry', 'nvmf-cli'], { encoding: 'utf8' }).stdout).toBe(
    '',
  )
})

test('an upgrade leaves entries and a disabled unit as they are', () => {
  root.sh(`mkdir ${REGISTRY}/nvme7; echo stas >${REGISTRY}/nvme7/owner; systemctl disable -q ${UNIT}`)
  const { said } = dnf('install', ...rpms())
  expect(said).not.toMatch(/warning|scriptlet failed|error/i)
  expect(installed().filter(name => name.includes('~'))).toEqual([])
  expect(installed()).toHaveLength(2)
  expect(root.sh(`cat ${REGISTRY}/nvme7/owner`)).toBe('stas\n')
  expect(existsSync(file(WANTED))).toBe(false)
  root.sh(`systemctl enable -q ${UNIT}`)
})

test('removal leaves entries alone, and nothing else', () => {
  dnf('remove', 'nvmf-cli', 'nvmf-registry')
  expect(installed()).toEqual([])
  for (const path of [WANTED, HELPER, '/usr/bin/nvmf', '/usr/lib/nvmf'])
    expect(existsSync(file(path)), path).toBe(false)
  expect(readFileSync(file(`${REGISTRY}/nvme7/owner`), 'utf8')).toBe('stas\n')
})

test('removal with an empty registry takes the directory too', () => {
  rmSync(file(`${REGISTRY}/nvme7`), { recursive: true })
  dnf('install', ...rpms())
  expect(existsSync(file(REGISTRY))).toBe(true)
  dnf('remove', 'nvmf-cli', 'nvmf-registry')
  expect(existsSync(file('/run/nvme'))).toBe(false)
})
