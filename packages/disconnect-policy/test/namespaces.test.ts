import { describe, expect, test } from 'vitest'
import { type HostFiles, type Namespace, readNamespaces, type Use } from '../src/index.ts'
import { namespacesInUse } from '../src/namespaces.ts'
import { controller } from './host.ts'

/** Files by path; an Error in place of one is what reading it throws. */
type Tree = Readonly<Record<string, string | NodeJS.ErrnoException>>

const errno = (code: string, path: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code, path })

function files(tree: Tree): HostFiles {
  return {
    names(path) {
      if (tree[`${path}/`] instanceof Error) throw tree[`${path}/`]
      const below = Object.keys(tree).filter(each => each.startsWith(`${path}/`))
      if (below.length === 0) throw errno('ENOENT', path)
      return [...new Set(below.map(each => each.slice(path.length + 1).split('/')[0] as string))]
    },
    text(path) {
      const found = tree[path]
      if (found === undefined) throw errno('ENOENT', path)
      if (found instanceof Error) throw found
      return found
    },
  }
}

const SWAPS = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'
const PROC: Tree = { '/proc/self/mountinfo': '22 1 254:1 / / rw - ext4 /dev/vda1 rw\n', '/proc/swaps': SWAPS }
/** nvme1 and nvme2 lead to nvme0n1. */
const TWO_PATHS: Tree = {
  ...PROC,
  '/sys/class/nvme/nvme1/nvme0c1n1/ana_state': 'optimized\n',
  '/sys/class/nvme/nvme2/nvme0c2n1/ana_state': 'inaccessible\n',
  '/sys/class/block/nvme0n1/dev': '259:0\n',
}
const read = (tree: Tree): Namespace[] =>
  readNamespaces([controller('nvme1'), controller('nvme2'), controller('nvme3', { state: 'connecting' })], {
    files: files(tree),
  })
const usesOf = (tree: Tree): Use[] => read({ ...TWO_PATHS, ...tree }).flatMap(({ uses }) => uses)
const mount = (devno: string, at: string, more = 'ext4 /dev/nvme0n1'): Tree => ({
  '/proc/self/mountinfo': `22 1 254:1 / / rw - ext4 /dev/vda1 rw\n36 22 ${devno} / ${at} rw,noatime shared:1 master:2 - ${more} rw\n`,
})

describe('paths', () => {
  test('a path is live if its controller is, and ANA lets I/O through', () => {
    expect(read({ ...TWO_PATHS, '/sys/class/nvme/nvme3/nvme0c3n1/size': '' })).toEqual([
      {
        name: 'nvme0n1',
        uses: [],
        paths: [
          { controller: 'nvme1', live: true },
          { controller: 'nvme2', live: false },
          { controller: 'nvme3', live: false },
        ],
      },
    ])
  })
  test('without native multipath a disk is its own path; what stands beside is none', () => {
    const tree = {
      ...PROC,
      '/sys/class/nvme/nvme1/nvme1n1/size': '',
      '/sys/class/nvme/nvme1/ng1n1/dev': '',
      '/sys/class/nvme/nvme1/hwmon3/x': '',
    }
    expect(read(tree)).toEqual([{ name: 'nvme1n1', uses: [], paths: [{ controller: 'nvme1', live: true }] }])
  })
  test('controllers without a namespace need nothing of /proc', () => {
    expect(read({})).toEqual([])
  })
})

describe('use', () => {
  const namespace = 'nvme0n1'
  const disk = { namespace, device: 'nvme0n1' }
  const part = { '/sys/class/block/nvme0n1/nvme0n1p2/partition': '2\n', '/sys/class/block/nvme0n1p2/dev': '259:2\n' }
  const crypt = {
    '/sys/class/block/nvme0n1p2/holders/dm-0': '',
    '/sys/class/block/dm-0/dev': '253:0\n',
    '/sys/class/block/dm-0/dm/name': 'root\n',
  }
  const lvm = { '/sys/class/block/dm-0/holders/dm-1': '', '/sys/class/block/dm-1/dev': '253:1\n' }

  test.each<[string, Tree, Use[]]>([
    ['none', {}, []],
    ['of another disk', mount('259:10', '/srv'), []],
    ['a mount', mount('259:0', '/srv/a\\040b\\134c'), [{ kind: 'mount', ...disk, at: '/srv/a b\\c' }]],
    [
      "a partition's mount",
      { ...part, ...mount('259:2', '/boot') },
      [{ kind: 'mount', namespace, device: 'nvme0n1p2', at: '/boot' }],
    ],
    ['swap', { '/proc/swaps': `${SWAPS}/dev/nvme0n1  partition\t1048572\t\t0\t\t-2\n` }, [{ kind: 'swap', ...disk }]],
    [
      'a mapping that nothing is seen to use',
      { ...part, ...crypt },
      [{ kind: 'held', namespace, device: 'nvme0n1p2', name: 'root' }],
    ],
    [
      'a mapping of a mapping',
      { ...part, ...crypt, ...lvm },
      [{ kind: 'held', namespace, device: 'dm-0', name: 'dm-1' }],
    ],
    [
      'a mount far above',
      { ...part, ...crypt, ...lvm, ...mount('253:1', '/') },
      [{ kind: 'mount', namespace, device: 'dm-1', at: '/' }],
    ],
    [
      'md of two partitions, once',
      {
        '/sys/class/block/nvme0n1/nvme0n1p1/partition': '1\n',
        '/sys/class/block/nvme0n1p1/holders/md0': '',
        ...part,
        '/sys/class/block/nvme0n1p2/holders/md0': '',
        '/sys/class/block/md0/dev': '9:0\n',
        ...mount('9:0', '/raid'),
      },
      [{ kind: 'mount', namespace, device: 'md0', at: '/raid' }],
    ],
    [
      'a mapping that goes round in a circle',
      { '/sys/class/block/nvme0n1/holders/dm-0': '', '/sys/class/block/dm-0/holders/nvme0n1': '' },
      [{ kind: 'held', ...disk, name: 'dm-0' }],
    ],
    [
      'btrfs on several disks, by its own number',
      {
        '/sys/fs/btrfs/features/x': '',
        '/sys/fs/btrfs/0f3a/devices/sdb': '',
        '/sys/fs/btrfs/0f3a/devices/nvme0n1': '',
        ...mount('0:42', '/pool', 'btrfs /dev/sdb'),
      },
      [{ kind: 'mount', ...disk, at: '/pool' }],
    ],
    [
      'below an overlay, or in another mount namespace',
      {
        '/sys/fs/ext4/features/x': '',
        '/sys/fs/ext4/nvme0n1/state': '',
        '/sys/fs/ext4/vda1/state': '',
        ...mount('0:50', '/merged', 'overlay overlay'),
      },
      [{ kind: 'mount', ...disk, at: undefined }],
    ],
    [
      'no /proc/self/mountinfo',
      { '/proc/self/mountinfo': errno('ENOENT', '/proc/self/mountinfo') },
      [{ kind: 'unknown', ...disk, why: '/proc/self/mountinfo cannot be read (ENOENT)' }],
    ],
    ...[
      '',
      '\n',
      '36 22 259:0\n',
      '36 22 259:1 / /srv rw - ext4 /dev/x rw\n36 22 259:0 / /s',
      '36\t22\t259:0\t/\t/srv\trw - ext4 /dev/x rw\n',
      '36 22 devno / /srv rw - ext4 /dev/x rw\n',
      '36 22 259:0 / /srv rw shared:1 ext4 /dev/x rw\n',
    ].map((text): [string, Tree, Use[]] => [
      `a mountinfo of ${JSON.stringify(text)}`,
      { '/proc/self/mountinfo': text },
      [{ kind: 'unknown', ...disk, why: '/proc/self/mountinfo cannot be read (EBADMSG)' }],
    ]),
    [
      'a mount with escapes that are none',
      mount('259:0', '/srv/\\999\\04'),
      [{ kind: 'mount', ...disk, at: '/srv/\\999\\04' }],
    ],
    [
      'swap whose node was removed meanwhile',
      { '/proc/swaps': `${SWAPS}/dev/nvme0n1\\040(deleted)  partition\t1048572\t\t0\t\t-2\n` },
      [{ kind: 'swap', ...disk }],
    ],
    [
      'swaps without a heading',
      { '/proc/swaps': '/dev/sda  partition\t1048572\t\t0\t\t-2\n' },
      [{ kind: 'unknown', ...disk, why: '/proc/swaps cannot be read (EBADMSG)' }],
    ],
    [
      'a loop device on it',
      {
        '/sys/class/block/loop0/loop/backing_file': '/dev/nvme0n1\n',
        '/sys/class/block/loop1/loop/backing_file': '/srv/nvme0n1\n',
        '/sys/class/block/loop2/size': '0\n',
      },
      [{ kind: 'held', ...disk, name: 'loop0' }],
    ],
    [
      'unreadable swaps',
      { '/proc/swaps': errno('EACCES', '/proc/swaps') },
      [{ kind: 'unknown', ...disk, why: '/proc/swaps cannot be read (EACCES)' }],
    ],
    [
      'unreadable holders',
      { '/sys/class/block/nvme0n1/holders/': errno('EIO', '/sys/class/block/nvme0n1/holders') },
      [{ kind: 'unknown', ...disk, why: '/sys/class/block/nvme0n1/holders cannot be read (EIO)' }],
    ],
    ['a kernel without swap', { '/proc/swaps': errno('ENOENT', '/proc/swaps') }, []],
    ['a disk that goes while it is read', { '/sys/class/block/nvme0n1/dev': errno('ENODEV', '') }, []],
  ])('%s', (_, tree, uses) => expect(usesOf(tree)).toEqual(uses))

  test('a controller whose directory cannot be read leads to who knows what', () => {
    expect(read({ ...PROC, '/sys/class/nvme/nvme1/': errno('EIO', '/sys/class/nvme/nvme1') })).toEqual([
      {
        name: 'nvme1',
        uses: [
          { kind: 'unknown', namespace: 'nvme1', device: 'nvme1', why: '/sys/class/nvme/nvme1 cannot be read (EIO)' },
        ],
        paths: [{ controller: 'nvme1', live: true }],
      },
    ])
  })
  test('a bug is no use', () => {
    const broken = { ...files(TWO_PATHS), text: () => (undefined as unknown as string).trim() }
    expect(() => readNamespaces([controller('nvme1')], { files: broken })).toThrow(TypeError)
  })
  test('asked again for one controller: nothing is read of the others if nothing is in use', () => {
    const asked: string[] = []
    const real = files(TWO_PATHS)
    const watched = { ...real, names: (path: string) => (asked.push(path), real.names(path)) }
    expect(namespacesInUse('nvme1', { files: watched })).toEqual([])
    expect(asked.filter(path => path.startsWith('/sys/class/nvme/'))).toEqual(['/sys/class/nvme/nvme1'])
  })
})
