import { type Guest, type GuestImage, withGuest } from '@nvmf/e2e'
import { beforeAll, expect, test } from 'vitest'
import { connectLoop, imageWithPackages, ONE, ok, REGISTRY } from './installed.ts'

/** The installed helper, called wrongly or on a registry that is none: what the real journal gets, and what is left. */
let image: GuestImage

beforeAll(async () => {
  image = await imageWithPackages()
})

interface Case {
  readonly what: string
  readonly args: string
  /** undefined: none in the environment. */
  readonly seqnum?: string
  /** Makes the situation; undone with the guest. */
  readonly prepare?: string
  readonly exit: number
  /** The journal's line and its priority; undefined: silence. */
  readonly says?: readonly (readonly [priority: number, text: RegExp])[]
}

const elsewhere = `mv ${REGISTRY} /run/elsewhere`
const DAMAGED = [[4, /^nvme0: ownership entry left: it is damaged/]] as const
const NO_REGISTRY = [[6, /: nothing to do: there is no registry \/run\/nvme\/registry$/]] as const
const NO_DIRECTORY = [[3, /^sweep: \/run\/nvme\/registry is not a directory$/]] as const

const CASES: readonly Case[] = [
  { what: 'no argument', args: '', seqnum: '9999', exit: 2, says: [[3, /wanted, not 0 arguments; usage/]] },
  { what: 'two devices', args: 'nvme0 nvme1', seqnum: '9999', exit: 2, says: [[3, /wanted, not 2 arguments; usage/]] },
  { what: 'a path', args: '../nvme0', seqnum: '9999', exit: 2, says: [[3, /"\.\.\/nvme0" is not a controller/]] },
  { what: 'a namespace', args: 'nvme0n1', seqnum: '9999', exit: 2, says: [[3, /"nvme0n1" is not a controller/]] },
  { what: 'a newline', args: '"nvme0\nx"', seqnum: '9999', exit: 2, says: [[3, /"nvme0\\nx" is not a controller/]] },
  { what: 'no SEQNUM', args: 'nvme0', exit: 2, says: [[3, /^nvme0: no SEQNUM in the environment/]] },
  { what: 'SEQNUM=abc', args: 'nvme0', seqnum: 'abc', exit: 2, says: [[3, /SEQNUM "abc" is not a number/]] },
  { what: 'SEQNUM=-1', args: 'nvme0', seqnum: '-1', exit: 2, says: [[3, /SEQNUM "-1" is not a number/]] },
  { what: 'a relative --root', args: '--root x nvme0', seqnum: '9', exit: 2, says: [[3, /wants an absolute path/]] },
  { what: 'no registry', args: 'nvme0', seqnum: '9999', prepare: elsewhere, exit: 0, says: NO_REGISTRY },
  { what: 'a sweep of no registry', args: '--sweep', prepare: elsewhere, exit: 0, says: NO_REGISTRY },
  {
    what: 'a registry that is a file',
    args: 'nvme0',
    seqnum: '9999',
    prepare: `${elsewhere}; echo >${REGISTRY}`,
    exit: 0,
    says: DAMAGED,
  },
  {
    what: 'a sweep of a registry that is a file',
    args: '--sweep',
    prepare: `${elsewhere}; echo >${REGISTRY}`,
    exit: 1,
    says: NO_DIRECTORY,
  },
  {
    what: 'a registry that is a link to one',
    args: 'nvme0',
    seqnum: '9999',
    prepare: `${elsewhere}; ln -s /run/elsewhere ${REGISTRY}`,
    exit: 0,
    says: DAMAGED,
  },
  {
    what: 'a sweep of a registry that is a link to one',
    args: '--sweep',
    prepare: `${elsewhere}; ln -s /run/elsewhere ${REGISTRY}`,
    exit: 1,
    says: NO_DIRECTORY,
  },
  {
    what: 'an entry that is a file',
    args: 'nvme0',
    seqnum: '9999',
    prepare: `mv ${REGISTRY}/nvme0 /run/entry; echo stas >${REGISTRY}/nvme0`,
    exit: 0,
    says: DAMAGED,
  },
]

const STATE = 'find /run/nvme /run/elsewhere /run/entry -printf "%p %y %i\\n" 2>/dev/null | sort'
const UNDO = `if [ -d /run/elsewhere ]; then rm -f ${REGISTRY}; mv /run/elsewhere ${REGISTRY}; fi
  if [ -d /run/entry ]; then rm ${REGISTRY}/nvme0; mv /run/entry ${REGISTRY}/nvme0; fi`

async function journal(guest: Guest): Promise<{ MESSAGE: string; PRIORITY: string }[]> {
  await guest.sh('journalctl --sync')
  const lines = await guest.sh('journalctl -b -t nvmf -o json --no-pager')
  return lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

test('bad input: the documented exit code, one line in the journal, and nothing deleted', () =>
  withGuest(image, async guest => {
    await ok(guest, connectLoop(ONE, '--owner stas'))
    await guest.sh('udevadm settle')
    // Dead by its identity: whatever is called in a way that could be misread as "remove it" would remove it.
    await guest.sh(`echo 1 >${REGISTRY}/nvme0/incarnation`)
    for (const { what, args, seqnum, prepare = ':', exit, says = [] } of CASES) {
      await guest.sh(prepare)
      const before = { state: await guest.sh(STATE), lines: await journal(guest) }
      const environment = seqnum === undefined ? '' : `SEQNUM=${seqnum}`
      const { code, stdout } = await guest.run(`env -i ${environment} /usr/lib/udev/nvmf-registry-cleanup ${args}`)
      const said = (await journal(guest)).slice(before.lines.length)
      expect({ what, code, stdout, state: await guest.sh(STATE) }).toEqual({
        what,
        code: exit,
        stdout: '',
        state: before.state,
      })
      expect(
        said.map(({ PRIORITY }) => Number(PRIORITY)),
        what,
      ).toEqual(says.map(([priority]) => priority))
      for (const [nth, [, text]] of says.entries()) expect(said[nth]?.MESSAGE, what).toMatch(text)
      await guest.sh(UNDO)
    }
    // The same entry, asked for properly.
    await guest.sh('env -i SEQNUM=9999 /usr/lib/udev/nvmf-registry-cleanup nvme0')
    expect(await guest.sh(`ls -A ${REGISTRY}`)).toBe('')
  }))
