import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { GuestImage } from '@nvmf/e2e'
import { prepareImage, startGuest, withGuest } from '@nvmf/e2e'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** `connect TRANSPORT SUBSYSTEM FD`: opens /dev/nvme-fabrics as FD and prints what the kernel answers. */
const CONNECT = `
connect() {
    case $1 in
        loop) options=transport=loop ;;
        tcp) options=transport=tcp,traddr=127.0.0.1,trsvcid=4420 ;;
    esac
    eval "exec $3<>/dev/nvme-fabrics"
    printf 'nqn=nqn.2026-11.io.nvmf:%s,%s' "$2" "$options" >&$3
    read -r answer <&$3
    echo "$answer"
}
disconnect() { echo 1 >/sys/class/nvme/$1/delete_controller; }
`

let image: GuestImage
let scratch: string

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'guest-test-'))
  image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
})

afterAll(() => rmSync(scratch, { recursive: true }))

test('a restored guest is a booted system that knows the time', () =>
  withGuest(image, async guest => {
    expect(await guest.sh('systemctl is-system-running')).toBe('running\n')
    expect(await guest.sh('uname -r')).toBe(`${image.kernel}\n`)
    expect(Math.abs(Number(await guest.sh('date +%s')) - Date.now() / 1000)).toBeLessThan(5)
    expect(await guest.sh('ls /sys/class/nvme')).toBe('')
  }))

test('no two guests have the same random numbers', async () => {
  const drawn = new Set<string>()
  for (const _ of [1, 2]) drawn.add(await withGuest(image, guest => guest.sh('od -An -tx1 -N16 /dev/urandom')))
  expect(drawn.size).toBe(2)
})

test('systemd-udevd is the stock unit in its stock sandbox', () =>
  withGuest(image, async guest => {
    const shown = await guest.sh('systemctl show systemd-udevd.service -p ActiveState,FragmentPath,DropInPaths')
    expect(shown.split('\n')).toEqual(
      expect.arrayContaining(['ActiveState=active', 'FragmentPath=/usr/lib/systemd/system/systemd-udevd.service']),
    )
    // Whatever is beside the unit came with Debian's package.
    await guest.sh('for file in $(systemctl show systemd-udevd.service -p DropInPaths --value); do dpkg -S $file; done')
    const sandbox = await guest.sh('systemctl show systemd-udevd.service -p MemoryDenyWriteExecute,PrivateMounts')
    expect(sandbox.split('\n').toSorted()).toEqual(['', 'MemoryDenyWriteExecute=yes', 'PrivateMounts=yes'])
  }))

// udevd's probe of a new block device keeps the number of a controller that goes meanwhile: let it end first.
test.each(['loop', 'tcp'])('%s: a controller connects, goes, and its number is another one’s', transport =>
  withGuest(image, async guest => {
    const script = `${CONNECT}
      for round in 1 2; do
        connect ${transport} one 3
        exec 3>&-
        cat /sys/class/nvme/nvme0/state
        stat --format %i /sys/class/nvme/nvme0/
        udevadm wait /dev/nvme0n1
        udevadm settle
        disconnect nvme0
      done
      ls /sys/class/nvme`
    const [first, live, inode, second, liveAgain, otherInode, left] = (await guest.sh(script)).split('\n')
    expect([first, second]).toEqual([
      expect.stringMatching(/^instance=0,cntlid=\d+$/),
      expect.stringMatching(/^instance=0,/),
    ])
    expect([live, liveAgain]).toEqual(['live', 'live'])
    expect(otherInode).not.toBe(inode)
    expect(left).toBe('')
  }),
)

// To another subsystem: a controller of the same one would keep it, and with it the number, alive.
test('an open fabrics descriptor keeps the number of its dead controller from being used', () =>
  withGuest(image, async guest => {
    const script = `${CONNECT}
      connect loop one 3
      udevadm wait /dev/nvme0n1
      udevadm settle
      disconnect nvme0
      connect loop two 4
      exec 3>&-
      connect loop two 5`
    expect((await guest.sh(script)).match(/instance=\d/g)).toEqual(['instance=0', 'instance=1', 'instance=0'])
  }))

test('so does an open device', () =>
  withGuest(image, async guest => {
    const script = `${CONNECT}
      connect loop one 3
      exec 3>&-
      udevadm wait /dev/nvme0n1
      udevadm settle
      exec 4</dev/nvme0
      disconnect nvme0
      connect loop one 5`
    expect((await guest.sh(script)).match(/instance=\d/g)).toEqual(['instance=0', 'instance=1'])
  }))

test('targets come and go', () =>
  withGuest(image, async guest => {
    const script = `${CONNECT}
      set -e
      . /usr/local/lib/nvmet-lab.sh
      nvmet_add nqn.2026-11.io.nvmf:three
      connect loop one 3
      nvmet_unlink nqn.2026-11.io.nvmf:one 1
      nvmet_link nqn.2026-11.io.nvmf:one 1
      nvmet_remove nqn.2026-11.io.nvmf:three
      nvmet_remove nqn.2026-11.io.nvmf:one
      ls /sys/kernel/config/nvmet/subsystems /run/nvmet-lab`
    expect((await guest.sh(script)).match(/io.nvmf:\w+/g)).toEqual(['io.nvmf:two', 'io.nvmf:two'])
  }))

test('scripts have an environment, an exit code, large outputs and a time limit', () =>
  withGuest(image, async guest => {
    const quoted = `it's "so"\n$HOME`
    expect(await guest.sh('printf %s "$TEXT"', { env: { TEXT: quoted } })).toBe(quoted)
    expect(await guest.run('echo out; echo err >&2; exit 3')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
    expect(await guest.sh('head -c 8000000 /dev/zero | tr "\\0" x')).toHaveLength(8_000_000)
    await expect(guest.sh('echo said; exit 4')).rejects.toThrow(/exit 4[^]*said/)
    await expect(guest.run('sleep 1000 & sleep 1000', { timeoutMs: 1000 })).rejects.toThrow('not done after 1 s')
    expect((await guest.run('pgrep sleep')).code).toBe(1)
  }))

test('the journal tells who said what', () =>
  withGuest(image, async guest => {
    expect(await guest.sh('logger -t story "once upon a time"; journalctl -t story -o cat')).toBe('once upon a time\n')
    expect(await guest.journal()).toContain('once upon a time')
  }))

test('a package installs offline, and a saved guest has it', async () => {
  const deb = buildPackage(scratch)
  const installed = await withGuest(
    image,
    async guest => {
      await guest.sh('apt-get install -y /root/story.deb')
      return guest.saveState(path.join(scratch, 'installed'))
    },
    { files: { '/root/story.deb': deb } },
  )
  const guests = await Promise.all([startGuest(installed), startGuest(installed)])
  try {
    for (const guest of guests) expect(await guest.sh('cat /usr/share/story; rm /usr/share/story')).toBe('a story\n')
  } finally {
    await Promise.all(guests.map(guest => guest.stop()))
  }
})

test('files arrive whole, with their mode', () =>
  withGuest(image, async guest => {
    const data = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * at) % 251))
    const file = path.join(scratch, 'data')
    writeFileSync(file, data, { mode: 0o750 })
    await guest.put(file, '/opt/some where/data')
    const told = await guest.sh('cd "/opt/some where"; stat -c %a data; sha256sum <data')
    expect(told).toBe(`750\n${createHash('sha256').update(data).digest('hex')}  -\n`)
  }))

/** A package that depends on what ours do. */
function buildPackage(dir: string): string {
  const root = path.join(dir, 'story')
  mkdirSync(path.join(root, 'DEBIAN'), { recursive: true })
  mkdirSync(path.join(root, 'usr/share'), { recursive: true })
  writeFileSync(path.join(root, 'usr/share/story'), 'a story\n')
  const control = ['Package: story', 'Version: 1', 'Architecture: all', 'Maintainer: nobody <nobody@example.org>']
  writeFileSync(
    path.join(root, 'DEBIAN/control'),
    [...control, 'Depends: nodejs (>= 18.20)', 'Description: a story', ''].join('\n'),
  )
  const deb = path.join(dir, 'story.deb')
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, deb])
  return deb
}
