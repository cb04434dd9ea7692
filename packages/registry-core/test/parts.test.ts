import { describe, expect, test } from 'vitest'
import { RegistryError } from '../src/errors.ts'
import { isOurTemporary, layoutBelow, stagingOf, stepName, stepNumber, temporaryToken } from '../src/layout.ts'
import { errnoOf, unless } from '../src/sys.ts'
import { writerToken } from '../src/writer-token.ts'
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
    expect([
      layout.entry('nvme3'),
      layout.staging('nvme3', '15870', 't'),
      layout.sysfs('nvme3'),
      layout.node('nvme3'),
    ]).toEqual([
      `${base}/run/nvme/registry/nvme3`,
      `${base}/run/nvme/registry/.nvme3.new.15870.t`,
      `${base}/sys/class/nvme/nvme3`,
      `${base}/dev/nvme3`,
    ])
  })
})

test('the names of what is unfinished say what they are, and only whole ones do', () => {
  expect(stagingOf('.nvme10.new.15870.1-2-x')).toEqual({ device: 'nvme10', incarnation: '15870', token: '1-2-x' })
  for (const other of ['x.nvme10.new.1.a', '.nvme10.new.1.', '.nvme10.new..a', '.nvme10.new.a', '.nvme01.new.1.a'])
    expect([other, stagingOf(other)]).toEqual([other, undefined])
  expect(['note.tmp.1-2-x', 'a b.tmp.x', '.tmp.x', 'note.tmp.', `${'n'.repeat(65)}.tmp.x`].map(temporaryToken)).toEqual(
    ['1-2-x', undefined, undefined, undefined, undefined],
  )
  expect(
    ['owner.tmp.1-2-x', 'owner.tmp.step-1', 'owner.tmp.a1B2c3', 'owner.tmp.step-0', 'owner', 'note'].map(
      isOurTemporary,
    ),
  ).toEqual([true, true, false, false, false, false])
})

test('a step is known by its number', () => {
  expect([1, 2, 10, 999999999999999].map(n => stepNumber(stepName(n)))).toEqual([1, 2, 10, 999999999999999])
  expect(
    ['owner.tmp.step-0', 'owner.tmp.step-01', 'owner.tmp.step-', 'xowner.tmp.step-1', 'owner.tmp.step-1x'].map(
      stepNumber,
    ),
  ).toEqual([undefined, undefined, undefined, undefined, undefined])
})

test('a token names its writer: namespace, pid and a random part', () => {
  expect(writerToken({ pidNamespace: '1', pid: 7 }, 'aB3')).toBe('1-7-aB3')
})
