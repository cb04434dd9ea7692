import { describe, expect, it } from 'vitest'
import { debianArchives, newestOf } from '../../packages/udev-cleanup/build/archive.ts'
import { unusedFeatures } from '../../packages/udev-cleanup/build/compile.ts'

/** A line of `apt-get update --print-uris`. */
const line = (uri: string): string => `'${uri}' some_file_name 0 `

describe('debianArchives', () => {
  it('finds the archive in what apt would fetch, once', () => {
    const printed = [
      line('http://mirror.invalid/debian/dists/bookworm/InRelease'),
      line('http://mirror.invalid/debian/dists/bookworm/main/binary-amd64/Packages.xz'),
      line('http://mirror.invalid/debian/dists/bookworm/main/source/Sources.xz'),
      line('http://mirror.invalid/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz'),
    ]
    expect(debianArchives(printed.join('\n'))).toEqual(['http://mirror.invalid/debian'])
  })

  it("leaves out vendors that use Debian's suite names with components of their own", () => {
    const printed = line('https://vendor.invalid/linux/debian/dists/trixie/stable/binary-amd64/Packages')
    expect(debianArchives(printed)).toEqual([])
  })
})

describe('newestOf', () => {
  const records = 'Package: quickjs\nVersion: 2025.04.26-1+deb13u1\n\nPackage: quickjs\nVersion: 2024.01.13-1\n'

  it('takes any Debian revision of the upstream version', () => {
    expect(newestOf(records, '2025.04.26')).toBe('2025.04.26-1+deb13u1')
  })

  it('refuses another upstream, whose bytecode and modules differ', () => {
    const message = 'trixie has version 2025.04.26-1+deb13u1, 2024.01.13-1 where this build expects 2025.04'
    expect(() => newestOf(records, '2025.04')).toThrow(message)
    expect(() => newestOf('', '1')).toThrow('trixie has version none where this build expects 1')
  })
})

describe('unusedFeatures', () => {
  it('leaves out what no word of the program names', () => {
    expect(unusedFeatures('std.exit(0)')).toContain('eval')
    expect(unusedFeatures('std.exit(0)')).not.toContain('promise')
  })

  it.each([
    ['new WeakSet()', 'map'],
    ['JSON.stringify(x)', 'json'],
    ['Date.now()', 'date'],
    ['import("x")', 'module-loader'],
    ['new Function("1")', 'eval'],
    ['s.normalize()', 'string-normalize'],
  ])('keeps what %s needs', (program, feature) => {
    expect(unusedFeatures(program)).not.toContain(feature)
  })
})
