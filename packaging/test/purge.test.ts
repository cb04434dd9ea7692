import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const SCRIPT = readFileSync(join(ROOT, 'packaging/scripts/deb.postrm.sh'), 'utf8')

/** A machine in a directory: its registry, its sysfs, and the script of the package with their paths. */
function machine() {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-purge-test-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const registry = join(root, 'run/nvme/registry')
  mkdirSync(registry, { recursive: true })
  mkdirSync(join(root, 'sys/class/nvme'), { recursive: true })
  const script = join(root, 'postrm')
  // Nothing of this machine's systemd, udevd and dpkg.
  const text = SCRIPT.replaceAll(/\/(run|sys)\//g, `${root}/$1/`).replaceAll('deb-systemd-helper', 'no-such-helper')
  writeFileSync(script, text)
  return {
    root,
    registry,
    /** A live controller; gives its incarnation. */
    connect: (device: string): string => {
      mkdirSync(join(root, 'sys/class/nvme', device))
      return String(statSync(join(root, 'sys/class/nvme', device)).ino)
    },
    put: (device: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
      mkdirSync(join(registry, device), { recursive: true })
      for (const [name, content] of Object.entries(files)) writeFileSync(join(registry, device, name), content)
    },
    /** The names in an entry; undefined if there is none. */
    names: (device: string): string[] | undefined =>
      existsSync(join(registry, device)) ? readdirSync(join(registry, device)).toSorted() : undefined,
    purge: (): void => {
      // A script that waits for a FIFO would wait for ever.
      const ran = spawnSync('sh', [script, 'purge'], { encoding: 'utf8', timeout: 20_000 })
      expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' })
    },
  }
}

describe('the purge of the deb removes', () => {
  it('entries whose controller is gone, whatever their incarnation is', () => {
    const { put, purge, root } = machine()
    put('nvme0', { incarnation: '15870\n', owner: 'stas\n' })
    put('nvme1', { owner: 'boot loader\n' })
    put('nvme2', { incarnation: 'garbage', owner: 'stas\n' })
    put('nvme3', {})
    put('nvme2147483647', { owner: 'stas\n' })
    purge()
    expect(existsSync(join(root, 'run/nvme'))).toBe(false)
  })

  it.each([
    ['another incarnation', (is: string) => `${is}1\n`],
    ['one without a newline', (is: string) => `${is}1`],
    ['one of twenty digits', () => '18446744073709551615\n'],
  ])('entries of %s than the live one', (_, incarnation) => {
    const { connect, put, purge, names } = machine()
    put('nvme0', { incarnation: incarnation(connect('nvme0')), owner: 'stas\n', note: 'x\n' })
    purge()
    expect(names('nvme0')).toBeUndefined()
  })

  it('what a cleaner has condemned and not finished', () => {
    const { connect, put, purge, names, registry } = machine()
    connect('nvme0')
    put('nvme0', { owner: 'stas\n' })
    symlinkSync('condemned', join(registry, 'nvme0/incarnation'))
    purge()
    expect(names('nvme0')).toBeUndefined()
  })
})

describe("the purge of the deb keeps a live controller's entry", () => {
  it.each<[string, (is: string) => string | Uint8Array]>([
    ['its own', is => `${is}\n`],
    ['its own without a newline', is => is],
    ['empty', () => ''],
    ['two lines', is => `${is}\n${is}\n`],
    ['an empty line more', is => `${is}1\n\n`],
    ['blanks', is => `${is}1 \n`],
    ['a sign', () => '-5\n'],
    ['a leading zero', is => `0${is}\n`],
    ['letters', () => 'garbage\n'],
    ['a NUL', is => `${is}1\0\n`],
    ['an escape character', is => `${is}1\u001b\n`],
    ['bytes that are not UTF-8', is => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${is}\n`)])],
    ['more digits than any incarnation has', () => `${'1'.repeat(21)}\n`],
    ['1 MiB', () => '1'.repeat(2 ** 20)],
  ])('whose incarnation is %s', (_, incarnation) => {
    const { connect, put, purge, names } = machine()
    put('nvme0', { incarnation: incarnation(connect('nvme0')), owner: 'stas\n' })
    purge()
    expect(names('nvme0')).toEqual(['incarnation', 'owner'])
  })

  it('that has no incarnation', () => {
    const { connect, put, purge, names } = machine()
    connect('nvme0')
    put('nvme0', { owner: 'libnvme\n' })
    purge()
    expect(names('nvme0')).toEqual(['owner'])
  })

  it.each<[string, (path: string) => void]>([
    ['a FIFO', path => void execFileSync('mkfifo', [path])],
    ['a directory', path => mkdirSync(path)],
    ['a link to a file', path => symlinkSync('note', path)],
    ['a link that leads nowhere', path => symlinkSync('nowhere', path)],
  ])('whose incarnation is %s', (_, make) => {
    const { connect, put, purge, names, registry } = machine()
    connect('nvme0')
    put('nvme0', { owner: 'stas\n', note: '1\n' })
    make(join(registry, 'nvme0/incarnation'))
    purge()
    expect(names('nvme0')).toEqual(['incarnation', 'note', 'owner'])
  })

  it('where the link in /sys/class/nvme leads nowhere', () => {
    const { root, put, purge, names } = machine()
    symlinkSync('../../devices/gone', join(root, 'sys/class/nvme/nvme0'))
    put('nvme0', { incarnation: '15870\n', owner: 'stas\n' })
    purge()
    expect(names('nvme0')).toEqual(['incarnation', 'owner'])
  })
})

describe('the purge of the deb leaves', () => {
  it('names that are no entries', () => {
    const { put, purge, registry } = machine()
    const strangers = [
      'nvme00',
      'nvme007',
      'nvme3n1',
      'nvme2147483648',
      'nvme10000000000',
      'nvme1.new',
      '.trash.a1B2c3',
    ]
    for (const name of strangers) put(name, { owner: 'x\n' })
    writeFileSync(join(registry, 'nvme4'), 'a file')
    symlinkSync('nvme00', join(registry, 'nvme5'))
    purge()
    expect(readdirSync(registry).toSorted()).toEqual([...strangers, 'nvme4', 'nvme5'].toSorted())
    expect(readdirSync(join(registry, 'nvme00'))).toEqual(['owner'])
  })

  it('a directory in an entry, and the incarnation beside it', () => {
    const { put, purge, names, registry } = machine()
    put('nvme0', { incarnation: '15870\n', owner: 'stas\n' })
    mkdirSync(join(registry, 'nvme0/directory'))
    purge()
    expect(names('nvme0')).toEqual(['directory', 'incarnation'])
  })

  it('a registry that is a link', () => {
    const { root, registry, purge } = machine()
    rmSync(registry, { recursive: true })
    mkdirSync(join(root, 'elsewhere/nvme0'), { recursive: true })
    symlinkSync(join(root, 'elsewhere'), registry)
    purge()
    expect(readdirSync(join(root, 'elsewhere'))).toEqual(['nvme0'])
    expect(lstatSync(registry).isSymbolicLink()).toBe(true)
  })

  it('all of it where there is no /sys/class', () => {
    const { root, put, purge, names } = machine()
    put('nvme0', { incarnation: '15870\n', owner: 'stas\n' })
    rmSync(join(root, 'sys'), { recursive: true })
    purge()
    expect(names('nvme0')).toEqual(['incarnation', 'owner'])
  })
})
