import * as fc from 'fast-check'
import { errno, type Tree } from './host.ts'

/** Text as a driver could print it, as it should not, and everything in between. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.stringMatching(/^[a-z_0-9=,.:%()\-\n ]{0,80}$/),
  fc.constantFrom('(null)', '(efault)', 'none', '', '\n', '-1\n', '18446744073709551615\n', '0x10', '1e3', '１２'),
)

type Part = Tree | string | Error
const leaf: fc.Arbitrary<Part> = fc.oneof(
  anyText,
  fc.constantFrom('ENOENT', 'ENODEV', 'EIO', 'EACCES', 'EINVAL', 'ETIMEDOUT', 'ELOOP', 'ENOTDIR').map(errno),
  fc.constant({}),
)

/** A directory of some of these names, and of others. */
const directory = (names: string[], inner: fc.Arbitrary<Part>): fc.Arbitrary<Tree> =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 8 })), inner, { maxKeys: 6 })

const mostly = (usual: fc.Arbitrary<Part>): fc.Arbitrary<Part> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: leaf })

const DISK = ['nsid', 'uuid', 'nguid', 'eui', 'wwid', 'size', 'ro', 'dev', 'ana_state', 'holders', 'nvme0n1p1', 'queue']
const DISKS = ['nvme0n1', 'nvme0c0n1', 'nvme0c1n1', 'nvme1c0n2', 'nvme1n1', 'nvme10n2']
/** A disk's directory. */
export const anyDisk = directory(
  DISK,
  fc.oneof(leaf, directory(['logical_block_size', 'size', 'holders', 'dm-0'], leaf)),
)

const CONTROLLER = ['transport', 'address', 'subsysnqn', 'state', 'cntlid', 'cntrltype', 'numa_node', 'hostnqn']
const controller = directory([...CONTROLLER, ...DISKS], fc.oneof(leaf, anyDisk))

const SUBSYSTEM = ['subsysnqn', 'model', 'serial', 'iopolicy', 'subsystype', 'nvme0', 'nvme1', 'nvme10']
const subsystem = directory([...SUBSYSTEM, ...DISKS], fc.oneof(leaf, anyDisk))

/** /sys/class/nvme and /sys/class/nvme-subsystem with anything in them. */
export const anyHost: fc.Arbitrary<[Tree, Tree]> = fc.tuple(
  directory(['nvme0', 'nvme1', 'nvme10', 'nvme007', 'nvme-fabrics'], mostly(controller)),
  directory(['nvme-subsys0', 'nvme-subsys1', 'nvme-subsys'], mostly(subsystem)),
)
