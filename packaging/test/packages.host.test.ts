import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackages } from '../lib/packages.ts'
import { onPath } from '../lib/run.ts'
import { sourceTree } from './fixture.ts'

const EPOCH = '1700000000'
const DATE = '2023-11-14 22:13'
const ARCH = process.arch === 'arm64' ? { deb: 'arm64', rpm: 'aarch64' } : { deb: 'amd64', rpm: 'x86_64' }
const root = sourceTree()
afterAll(() => rmSync(root, { recursive: true }))

function output(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** Builds with another umask and other dates of the files each time: neither may be seen in the packages. */
function build(format: 'deb' | 'rpm', name: string, umask: number, mtime: number): string[] {
  utimesSync(join(root, 'packages/cli/dist/nvmf.cjs'), mtime, mtime)
  utimesSync(join(root, 'packages/udev-cleanup/dist/nvmf-registry-cleanup'), mtime, mtime)
  const before = process.umask(umask)
  process.env['SOURCE_DATE_EPOCH'] = EPOCH
  try {
    const out = join(root, name)
    mkdirSync(out)
    return buildPackages({ root, out, formats: [format], builder: 'own' })
  } finally {
    process.umask(before)
    delete process.env['SOURCE_DATE_EPOCH']
  }
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

function available(tool: string): boolean {
  if (!onPath(tool)) console.warn(`skipped: ${tool} is not installed`)
  return onPath(tool)
}

const debFields = (file: string): string => output('dpkg-deb', '-f', file)
const debFiles = (file: string): string[] => output('dpkg-deb', '-c', file).replaceAll(/ +/g, ' ').split('\n')
const rpmQuery = (file: string, format: string): string => output('rpm', '-qp', '--qf', format, file)
const rpmRequires = (file: string): string[] => output('rpm', '-qpR', file).trim().split('\n')

describe.runIf(available('dpkg-deb'))('deb', () => {
  let registry = ''
  let cli = ''
  beforeAll(() => {
    ;[registry, cli] = build('deb', 'deb1', 0o077, 1) as [string, string]
  })

  it('is the same byte for byte when built again', () => {
    expect(build('deb', 'deb2', 0o002, 2_000_000_000).map(digest)).toEqual([registry, cli].map(digest))
  })

  it('has the control fields of its description', () => {
    expect(debFields(registry)).toContain(`Package: nvmf-registry\nVersion: 1.2.3~rc.1-1\n`)
    expect(debFields(registry)).toContain(`Architecture: ${ARCH.deb}\n`)
    expect(debFields(registry)).not.toContain('Depends:')
    expect(debFields(cli)).toContain('Architecture: all\n')
    expect(debFields(cli)).toContain('Depends: nodejs (>= 18.20), nvmf-registry (= 1.2.3~rc.1-1)\nSuggests: nvme-cli\n')
  })

  it('has its files with their modes and the date of the source, owned by root', () => {
    expect(debFiles(registry)).toEqual(
      expect.arrayContaining([
        `-rwxr-xr-x root/root 4 ${DATE} ./usr/lib/udev/nvmf-registry-cleanup`,
        expect.stringMatching(
          /^-rw-r--r-- root\/root \d+ \S+ \S+ \.\/usr\/lib\/udev\/rules\.d\/70-nvmf-ownership\.rules$/,
        ),
        expect.stringMatching(/^-rw-r--r-- .*\/usr\/lib\/tmpfiles\.d\/nvmf-registry\.conf$/),
        expect.stringMatching(/^-rw-r--r-- .*\/usr\/lib\/systemd\/system\/nvmf-registry-sweep\.service$/),
        `drwxr-xr-x root/root 0 ${DATE} ./usr/lib/udev/`,
      ]),
    )
    expect(debFiles(cli)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^-rwxr-xr-x .*\/usr\/lib\/nvmf\/nvmf\.cjs$/),
        `lrwxrwxrwx root/root 0 ${DATE} ./usr/bin/nvmf -> ../lib/nvmf/nvmf.cjs`,
      ]),
    )
  })

  it('has a changelog with the titles of the changes', () => {
    const file = './usr/share/doc/nvmf-cli/changelog.Debian.gz'
    expect(output('sh', '-c', `dpkg-deb --fsys-tarfile '${cli}' | tar -xO ${file} | zcat`)).toBe(
      'nvmf-cli (1.2.3~rc.1-1) unstable; urgency=medium\n\n  * Say who owns what, and mean it\n\n' +
        ' -- Somebody <somebody@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n',
    )
  })

  it('has maintainer scripts and checksums of what it holds', () => {
    const folder = join(root, 'control')
    output('dpkg-deb', '-R', registry, folder)
    for (const script of ['postinst', 'postrm']) output('dash', '-n', join(folder, 'DEBIAN', script))
    expect(output('sh', '-c', `cd '${folder}' && md5sum --quiet -c DEBIAN/md5sums`)).toBe('')
  })
})

describe.runIf(available('rpmbuild'))('rpm', () => {
  let registry = ''
  let cli = ''
  beforeAll(() => {
    ;[registry, cli] = build('rpm', 'rpm1', 0o077, 1) as [string, string]
  })

  it('is the same byte for byte when built again', () => {
    expect(build('rpm', 'rpm2', 0o002, 2_000_000_000).map(digest)).toEqual([registry, cli].map(digest))
  })

  it('has the tags of its description, and the time of the source', () => {
    const tags = '%{NVRA} %{BUILDHOST} %{BUILDTIME} %{PAYLOADCOMPRESSOR}'
    expect(rpmQuery(registry, tags)).toBe(`nvmf-registry-1.2.3~rc.1-1.${ARCH.rpm} reproducible ${EPOCH} zstd`)
    expect(rpmQuery(cli, tags)).toBe(`nvmf-cli-1.2.3~rc.1-1.noarch reproducible ${EPOCH} zstd`)
    expect(rpmRequires(cli)).toEqual(
      expect.arrayContaining(['nodejs(engine) >= 18.20', '/usr/bin/node', 'nvmf-registry = 1.2.3~rc.1-1']),
    )
    expect(rpmRequires(registry).filter(line => !/^(rpmlib\(|\/bin\/sh$)/.test(line))).toEqual([])
  })

  it('has a changelog with the titles of the changes', () => {
    expect(output('rpm', '-qp', '--changelog', cli)).toBe(
      '* Tue Nov 14 2023 Somebody <somebody@example.org> - 1.2.3~rc.1-1\n- Say who owns what, and mean it\n\n',
    )
  })

  it('has its files with their modes and the date of the source, owned by root', () => {
    const format = '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEMTIMES} %{FILENAMES} %{FILELINKTOS}\n]'
    expect(rpmQuery(registry, format).split('\n')).toEqual(
      expect.arrayContaining([
        `-rwxr-xr-x root ${EPOCH} /usr/lib/udev/nvmf-registry-cleanup `,
        `-rw-r--r-- root ${EPOCH} /usr/lib/udev/rules.d/70-nvmf-ownership.rules `,
      ]),
    )
    expect(rpmQuery(cli, format).split('\n')).toEqual(
      expect.arrayContaining([
        `-rwxr-xr-x root ${EPOCH} /usr/lib/nvmf/nvmf.cjs `,
        `lrwxrwxrwx root ${EPOCH} /usr/bin/nvmf ../lib/nvmf/nvmf.cjs`,
      ]),
    )
  })

  it('has the maintainer scripts as they are written', () => {
    const scripts = output('rpm', '-qp', '--scripts', registry)
    for (const name of ['post', 'preun', 'postun']) {
      const text = readFileSync(join(root, `packaging/scripts/rpm.${name}.sh`), 'utf8')
      expect(scripts).toContain(text.trim())
    }
  })
})
