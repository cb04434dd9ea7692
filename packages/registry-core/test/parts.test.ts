import { describe, expect, test } from 'vitest'
import { RegistryError } from '../src/errors.ts'
import { layoutBelow, ownerToken, stagingToken, temporaryToken } from '../src/layout.ts'
import { errnoOf, type ReapSys, unless } from '../src/sys.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import { startTimeIn, writerIsGone, writerToken } from '../src/writer-token.ts'
import { errno } from './host.ts'

/** The small parts, where a case is nobody else's test. */

describe('errnoOf', () => {
  test.each([
    [{ code: 'ENOENT' }, 'ENOENT'],
    [errno('E2BIG'), 'E2BIG'],
    [{ code: 'ERR_INVALID_ARG_TYPE' }, undefined],
    [{ code: 'XENOENT' }, undefined],
    [{ code: 'E' }, undefined],
    [{ code: 2 }, undefined],
    [{ code: ['ENOENT'] }, undefined],
    [new RegistryError('io', 'x'), undefined],
    [new Error('ENOENT'), undefined],
    ['ENOENT', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%j: %s', (error, code) => expect(errnoOf(error)).toBe(code))
})

test('an error has a cause only if it was given one', () => {
  expect(new RegistryError('io', 'x', { device: 'nvme0' })).not.toHaveProperty('cause')
  expect(new RegistryError('io', 'x', { cause: 'why' }).cause).toBe('why')
})

const failing = (error: unknown) => () => {
  throw error
}

test('unless takes the errnos that are expected for undefined, and throws all else on', () => {
  expect(unless(['ENOENT'], () => 1)).toBe(1)
  expect(unless(['EINVAL', 'ENOENT'], failing(errno('ENOENT')))).toBeUndefined()
  expect(() => unless(['ENOENT'], failing(errno('EIO')))).toThrow('EIO')
  const bug = new TypeError('made up')
  expect(() => unless(['ENOENT'], failing(bug))).toThrow(bug)
})

describe('layoutBelow', () => {
  test.each([
    ['/', '/', ''],
    ['//', '/', ''],
    ['/srv/host', '/srv/host', '/srv/host'],
    ['/srv/host//', '/srv/host', '/srv/host'],
    ['host', 'host', 'host'],
  ])('%s', (given, root, base) => {
    const layout = layoutBelow(given)
    expect({ ...layout, registryParents: [...layout.registryParents] }).toMatchObject({
      root,
      registryParents: [`${base}/run`, `${base}/run/nvme`, `${base}/run/nvme/registry`],
      registry: `${base}/run/nvme/registry`,
      classDir: `${base}/sys/class`,
      uevent: `${base}/sys/kernel/uevent_seqnum`,
    })
    expect([layout.entry('nvme3'), layout.staging('nvme3', 't'), layout.sysfs('nvme3'), layout.node('nvme3')]).toEqual([
      `${base}/run/nvme/registry/nvme3`,
      `${base}/run/nvme/registry/.nvme3.new.t`,
      `${base}/sys/class/nvme/nvme3`,
      `${base}/dev/nvme3`,
    ])
  })
})

test('the names of what is unfinished give their tokens, and only whole ones do', () => {
  expect([stagingToken('.nvme10.new.a-1-2-x'), stagingToken('x.nvme10.new.a'), stagingToken('.nvme10.new.')]).toEqual([
    'a-1-2-x',
    undefined,
    undefined,
  ])
  expect(
    ['note.tmp.a-1-2-x', 'a b.tmp.x', '.tmp.x', 'note.tmp.', `${'n'.repeat(65)}.tmp.x`].map(temporaryToken),
  ).toEqual(['a-1-2-x', undefined, undefined, undefined, undefined])
  expect(
    ['owner.tmp.a-1-2-x', 'owner.tmp.a1B2c3', 'xowner.tmp.a-1-2-x', 'owner.tmp.a-1-2-x-y', 'owner.tmp.a-1-2-'].map(
      ownerToken,
    ),
  ).toEqual(['a-1-2-x', undefined, undefined, undefined, undefined])
})

const STAT = `S${' 7'.repeat(18)} 4711 0 0\n`

function statFile(file: ReturnType<ReapSys['readFile']>): ReapSys {
  const paths: string[] = []
  return {
    readFile: (path: string, limit: number) => {
      paths.push(`${path} ${limit}`)
      return file
    },
    stat: () => ({ kind: 'other', ino: '1' }),
  } as unknown as ReapSys
}

describe('the start time in a stat file', () => {
  test.each([
    ['of a plain name', encodeUtf8(`1 (sh) ${STAT}`)],
    ['of a name like fields', encodeUtf8(`1 (a) R 1 2 (b)) ${STAT}`)],
    ['of a name in UTF-8', encodeUtf8(`1 (ä) ${STAT}`)],
    ['of a name that is not UTF-8', Uint8Array.from([...encodeUtf8('1 ('), 0xff, 0xfe, ...encodeUtf8(`) ${STAT}`)])],
  ])('%s', (_, bytes) => expect(startTimeIn(statFile({ kind: 'file', bytes }), '/proc/1/stat')).toBe('4711'))
  test.each([
    ['cut off', { kind: 'file', bytes: encodeUtf8('1 (sh) S 1 2') }],
    ['empty', { kind: 'file', bytes: new Uint8Array(0) }],
    ['no file', { kind: 'other' }],
  ] as const)('that is %s: none, so that nobody is taken for dead by another one', (_, file) => {
    expect(startTimeIn(statFile(file), '/proc/1/stat')).toBe('')
    expect(writerIsGone(statFile(file), '1-7-4711-aB3')).toBe(false)
  })
})

test('a token names its writer: namespace, pid, start and a random part', () => {
  const token = writerToken({ pidNamespace: '1', pid: '7', startTime: '4711' }, 'aB3')
  expect(token).toBe('1-7-4711-aB3')
  const here = statFile({ kind: 'file', bytes: encodeUtf8(`7 (sh) ${STAT}`) })
  expect(writerIsGone(here, token)).toBe(false)
  expect(writerIsGone(here, '1-7-4712-aB3')).toBe(true)
  for (const other of [
    '2-7-4712-aB3',
    `x${token}-`,
    '1-7-4712',
    '1-7-4712-',
    '1-7x-4712-a',
    '1-7-4712-a.b',
    ' 1-7-4712-a',
  ])
    expect([other, writerIsGone(here, other)]).toEqual([other, false])
})
