import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { BUILDS, NODE, needBuilds } from './builds.ts'

/** Root, for mount namespaces: a helper whose /proc does not show it says so and removes nothing. */

needBuilds()

const SAYS = "/proc/self/fd is not this process's own, so the registry cannot be read safely"

/** Runs a helper as on a host, but for a /run, a kernel log and a /proc of the test's own. */
function run(command: readonly string[], arg: string): string[] {
  const script = `
    set -e
    mount -t tmpfs none /run
    cd /run
    mkdir -p nvme/registry/nvme7 nvme/registry/.nvme8.new.1.2-3-aa
    echo 1 >nvme/registry/nvme7/incarnation
    echo stas >nvme/registry/nvme7/owner
    touch kmsg
    mount --bind kmsg /dev/kmsg
    mount -t tmpfs none /proc
    code=0
    "$@" || code=$?
    cat kmsg
    echo "$code"
    find nvme -type f -o -empty | sort`
  const output = execFileSync('unshare', ['--mount', '/bin/sh', '-c', script, 'sh', ...command, arg], {
    env: { SEQNUM: '9999', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    encoding: 'utf8',
    stdio: 'pipe',
    timeout: 60_000,
  })
  return output.trimEnd().split('\n')
}

describe.each([...BUILDS, ['in Node', NODE, 0] as const])(
  'the helper %s, with an empty directory as /proc',
  (_, command) => {
    test.each([
      ['a removal', 'nvme7', 'nvme7'],
      ['a removal that has no entry', 'nvme9', 'nvme9'],
      ['a sweep', '--sweep', 'sweep'],
    ])('%s: exit code 1, a line in the journal, and nothing is removed', (_what, arg, what) => {
      expect(run(command, arg)).toEqual([
        `<3>nvmf: ${what}: ${SAYS}`,
        '1',
        'nvme/registry/.nvme8.new.1.2-3-aa',
        'nvme/registry/nvme7/incarnation',
        'nvme/registry/nvme7/owner',
      ])
    })
  },
)
