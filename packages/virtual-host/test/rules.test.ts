import { describe, expect, test } from 'vitest'
import type { Uevent } from '../src/kernel/uevent.ts'
import { glob, invocationsFor, splitWords } from '../src/udev/match.ts'
import { parseRules } from '../src/udev/rules.ts'
import { substitute } from '../src/udev/substitute.ts'
import { scratch } from './lab.ts'

const EVENT: Uevent = {
  seqnum: 7,
  action: 'remove',
  devpath: '/devices/virtual/nvme-fabrics/ctl/nvme12',
  subsystem: 'nvme',
  kernel: 'nvme12',
  properties: { ACTION: 'remove', SEQNUM: '7', MAJOR: '240', MINOR: '12', DEVNAME: '/dev/nvme12', NVME_TRTYPE: 'tcp' },
}
const run = (text: string, root = scratch()) => invocationsFor(EVENT, parseRules(text, 'f'), root)

test('a rule over several lines, with comments, becomes a program with arguments', () => {
  const text = `# who cleans up
ACTION=="remove", SUBSYSTEM=="nvme", \\
  # only controllers
  KERNEL=="nvme[0-9]*", RUN+="/usr/lib/udev/helper --cost $$5 '%k %n' $env{SEQNUM}"

`
  expect(run(text)).toEqual([{ program: '/usr/lib/udev/helper', args: ['--cost', '$5', 'nvme12 12', '7'] }])
})

test.each([
  ['ACTION=="add", RUN+="x"', 0],
  ['ACTION!="add", RUN+="x"', 1],
  ['SUBSYSTEM=="block|nvme", RUN+="x"', 1],
  ['KERNEL=="nvme[!0-9]*", RUN+="x"', 0],
  ['ENV{NVME_TRTYPE}=="tcp", RUN+="x", RUN+="y"', 2],
  ['ENV{NVME_TRTYPE}=="pcie", RUN{program}+="x"', 0],
  ['TEST=="/run/%k", RUN+="x"', 0],
  ['TEST!="/run/%k", RUN+="x"', 1],
])('%s runs %i', (text, count) => {
  expect(run(text)).toHaveLength(count)
})

test.each([
  ['ATTR{state}=="live", RUN+="x"', /f:1: .*ATTR==/],
  ['ACTION=="remove", GOTO="end"', /GOTO=/],
  ['ACTION=="remove", RUN="x"', /RUN=/],
  ['ENV{X}="y"', /ENV=/],
  ['KERNEL{x}=="y"', /KERNEL/],
  ['ENV=="y"', /ENV/],
  ['TEST=="/run/*"', /pattern in TEST/],
  ['TEST=="run/%k"', /absolute/],
  ['TEST{0644}=="/x"', /TEST/],
  ['RUN+="x %b"', /%b/],
  ['RUN+="x $HOME"', /\$HOME/],
  ['RUN{builtin}+="kmod"', /RUN/],
  ['ACTION==remove', /cannot parse/],
  ['\n\nACTION=="x" whatever', /f:3/],
])('%j fails at start-up', (text, message) => {
  expect(() => parseRules(text, 'f')).toThrow(message)
})

describe('udev formats', () => {
  test.each([
    ['%k|%n|%p', 'nvme12|12|/devices/virtual/nvme-fabrics/ctl/nvme12'],
    ['$kernel $number $major:$minor %M:%m', 'nvme12 12 240:12 240:12'],
    ['%N $devnode %S', '/dev/nvme12 /dev/nvme12 /root/sys'],
    ['%E{MINOR} $env{NONE}.', '12 .'],
    ['100%% $$k', '100% $k'],
  ])('%s', (text, result) => {
    expect(substitute(text, EVENT, '/root')).toBe(result)
  })
})

test.each([
  ['nvme[0-9]*', 'nvme0n1', true],
  ['nvme?', 'nvme12', false],
  ['a.b', 'axb', false],
  ['a(b)+', 'a(b)+', true],
  ['x|y*', 'yes', true],
])('glob %s on %s', (pattern, text, result) => {
  expect(glob(pattern, text)).toBe(result)
})

test('words are split at blanks outside quotes', () => {
  expect(splitWords(`a "b c" --x='d e' f`)).toEqual(['a', 'b c', '--x=d e', 'f'])
})
