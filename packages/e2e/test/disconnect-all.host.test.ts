import { join } from 'node:path'
import { type GuestImage, withGuest } from '@nvmf/e2e'
import { beforeAll, expect, test } from 'vitest'
import { EVENTS } from '../../cli/src/journal/events.ts'
import { connect, controllers, disconnectAll, loop, putExt4, tcp } from './disconnect-lab.ts'
import { connectLoop, imageWithPackages, nvmf, ONE, ok, REGISTRY, records, story, TWO } from './installed.ts'

const NOBODYS = 'owned by nobody'
const HEALTHY = 56
const DEAD = 8
/** A port of its own for what is to die. */
const PORT = 4421
const SETUP = `cd /sys/kernel/config/nvmet/ports && mkdir 3 && cd 3 && echo tcp >addr_trtype && echo ipv4 >addr_adrfam
  echo 127.0.0.1 >addr_traddr && echo ${PORT} >addr_trsvcid && ln -s /sys/kernel/config/nvmet/subsystems/${TWO} subsystems/
  for nqn in ${ONE} ${TWO}; do echo 0 >/sys/kernel/config/nvmet/subsystems/$nqn/namespaces/1/enable; done`
const CUT = `nft add table inet dead && nft 'add chain inet dead in { type filter hook input priority 0; }' &&
  nft add rule inet dead in tcp dport ${PORT} drop && nft add rule inet dead in tcp sport ${PORT} drop`
/** The target answers again, before the kernel gives it up after a minute. */
const REVIVE = 'nft delete table inet dead'

let image: GuestImage

beforeAll(async () => {
  image = await imageWithPackages()
})

test('64 controllers, 8 of them of a target that is dead: nobody waits for those, and they wait together', async () => {
  await withGuest(image, async guest => {
    await guest.sh(SETUP)
    // The dead ones are the first in every order.
    await connect(guest, tcp(TWO, PORT), DEAD)
    await connect(guest, loop(ONE), HEALTHY)
    const all = await controllers(guest)
    expect(all).toHaveLength(HEALTHY + DEAD)
    const dead = all.slice(0, DEAD)
    await guest.sh(CUT)

    // When the healthy ones are gone, all of the others are being deleted at once.
    const states = await guest.sh(
      `nvmf disconnect-all >/root/said & pid=$!
      while [ "$(ls /sys/class/nvme | wc -l)" -gt ${DEAD} ] && kill -0 $pid; do sleep 0.05; done
      cat /sys/class/nvme/*/state; ${REVIVE}; wait $pid`,
      { timeoutMs: 300_000 },
    )
    expect(states.trim().split('\n')).toEqual(dead.map(() => expect.stringMatching(/^deleting/)))
    expect(await controllers(guest)).toEqual([])
    const said = await guest.sh('cat /root/said')
    for (const device of all) expect(said).toMatch(new RegExp(`^${device} +disconnected +owned by nobody$`, 'm'))

    // The journal has each as it happened, with its fields: none went by way of the kernel's log.
    const told = await records(guest, 'NVMF_EVENT=disconnected')
    const order = told.map(({ NVMF_DEVICE }) => NVMF_DEVICE as string)
    expect(order.slice(0, HEALTHY).toSorted()).toEqual(all.slice(DEAD).toSorted())
    expect(order.slice(HEALTHY).toSorted()).toEqual(dead.toSorted())
    expect(told).toEqual(
      order.map(device => {
        const nqn = dead.includes(device) ? TWO : ONE
        return expect.objectContaining({
          MESSAGE: `disconnected ${device} nqn=${nqn} reason=unowned`,
          MESSAGE_ID: EVENTS.disconnected.id,
          NVMF_NQN: nqn,
          NVMF_REASON: 'unowned',
          SYSLOG_IDENTIFIER: 'nvmf',
          PRIORITY: '6',
          _TRANSPORT: 'journal',
        })
      }),
    )

    // And so does a sweep of a hundred dead entries.
    await guest.sh(`for nth in $(seq 1000 1099); do
      mkdir -p ${REGISTRY}/nvme$nth && echo 1 >${REGISTRY}/nvme$nth/incarnation && echo "stas $nth" >${REGISTRY}/nvme$nth/owner
    done`)
    await ok(guest, 'registry gc')
    expect(await records(guest, 'NVMF_EVENT=entry-removed')).toEqual(
      Array.from({ length: 100 }, (_, nth) =>
        expect.objectContaining({
          MESSAGE_ID: EVENTS['entry-removed'].id,
          NVMF_DEVICE: `nvme${1000 + nth}`,
          NVMF_OWNER: `stas ${1000 + nth}`,
          NVMF_REASON: 'controller-gone',
          _TRANSPORT: 'journal',
        }),
      ),
    )
  })
})

test('Ctrl-C: what is under way is waited for, nothing else is begun, and both are said', async () => {
  await withGuest(image, async guest => {
    await guest.sh(SETUP)
    await connect(guest, tcp(TWO, PORT))
    await connect(guest, loop(ONE), 2)
    await guest.sh(CUT)
    const said = await guest.sh(
      `nvmf disconnect-all --jobs 1 >/root/said 2>&1 & pid=$!
      until grep -q deleting /sys/class/nvme/nvme0/state; do sleep 0.05; done
      kill -INT $pid; until [ -s /root/said ]; do sleep 0.05; done; ${REVIVE}; wait $pid; echo "exit $?" >>/root/said; cat /root/said`,
    )
    expect(said).toBe(
      [
        'nvmf: disconnect-all: interrupted: no more are begun, those under way are waited for',
        'Device  Result        Why',
        'nvme0   disconnected  owned by nobody',
        'nvme1   not started   interrupted',
        'nvme2   not started   interrupted',
        'exit 130',
        '',
      ].join('\n'),
    )
    expect(await controllers(guest)).toEqual(['nvme1', 'nvme2'])
    expect(await ok(guest, 'disconnect-all --dry-run -t tcp')).toContain('nvme1   kept    not selected')
  })
})

test('a number that is recycled between plan and deletion: the handle cannot reach the new controller, and is not used', async () => {
  await withGuest(image, async guest => {
    await connect(guest, loop(ONE))
    // Stopped in its very open of delete_controller: with the old controller's handle, and before it looks again.
    await guest.sh(
      `cd /root; strace -f --seccomp-bpf -o trace -P /sys/class/nvme/nvme0/delete_controller -e trace=openat \
        -e inject=openat:signal=STOP nvmf disconnect-all >said 2>&1 & echo $! >strace
      holder() { for fd in /proc/[0-9]*/fd/*; do
        if [ "$fd" -ef /sys/class/nvme/nvme0/delete_controller ]; then echo "\${fd#/proc/}" | cut -d/ -f1; return; fi
      done; false; }
      until pid=$(holder) && grep -q '^State:.[Tt]' "/proc/$pid/status"; do sleep 0.2; done; echo "$pid" >stopped`,
      { timeoutMs: 120_000 },
    )
    await guest.sh('echo 1 >/sys/class/nvme/nvme0/delete_controller && udevadm settle')
    expect(await ok(guest, connectLoop(TWO))).toBe('connected nvme0\n')
    await guest.sh('kill -CONT $(cat /root/stopped); while kill -0 $(cat /root/strace) 2>/dev/null; do sleep 0.1; done')

    expect(await guest.sh('cat /root/said')).toContain('nvme0   kept    another controller has this name now\n')
    expect(await guest.sh('cat /sys/class/nvme/nvme0/subsysnqn')).toBe(`${TWO}\n`)
    expect((await story(guest)).filter(line => line.startsWith('disconnected'))).toEqual([])
  })
})

// One host all along: each use begins where the one before has ended.
test('disconnect-all leaves the last path to what is mounted, swapped on or mapped', async () => {
  await withGuest(image, async guest => {
    await putExt4(guest)
    await connect(guest, loop(ONE))
    await guest.sh(
      'dd if=/root/ext4.img of=/dev/nvme0n1 status=none && mkdir "/mnt/a b" && mount /dev/nvme0n1 "/mnt/a b"',
    )

    // One path to a mounted file system.
    expect(await disconnectAll(guest)).toEqual(['nvme0 kept: in use: nvme0n1 is mounted on /mnt/a b'])
    // Two: one may go.
    await connect(guest, tcp(ONE))
    expect(await disconnectAll(guest)).toEqual([
      'nvme0 kept: in use: nvme0n1 is mounted on /mnt/a b',
      `nvme1 disconnected: ${NOBODYS}`,
    ])
    await guest.sh('echo still there >"/mnt/a b/file" && sync && umount "/mnt/a b"')

    // Mounted where only another process sees it.
    await guest.sh(`mkfifo /root/go; unshare --mount sh -c 'mount /dev/nvme0n1 /mnt && echo mounted >/root/go && exec sleep inf' &
      read mounted </root/go; echo $! >/root/unshared`)
    expect(await disconnectAll(guest)).toEqual([
      'nvme0 kept: in use: nvme0n1 is mounted where this process does not see it',
    ])
    await guest.sh('kill "$(cat /root/unshared)"; while [ -e /sys/fs/ext4/nvme0n1 ]; do sleep 0.1; done')

    // Swap, then a device-mapper device, then swap on that.
    await guest.sh('mkswap -q /dev/nvme0n1 && swapon /dev/nvme0n1')
    expect(await disconnectAll(guest)).toEqual(['nvme0 kept: in use: nvme0n1 is swapped on'])
    await guest.sh('swapoff /dev/nvme0n1 && modprobe dm-mod')
    await guest.put(join(import.meta.dirname, 'guest-programs/dm-linear.pl'), '/root/dm-linear.pl')
    await guest.sh('perl /root/dm-linear.pl lower 8192 /dev/nvme0n1 && udevadm settle')
    expect(await disconnectAll(guest)).toEqual(['nvme0 kept: in use: nvme0n1 is part of lower'])
    await guest.sh('mkswap -q /dev/dm-0 && swapon /dev/dm-0')
    expect(await disconnectAll(guest)).toEqual(['nvme0 kept: in use: dm-0 is swapped on'])
    await guest.sh('swapoff /dev/dm-0')

    // A host without /proc: nothing can be told of anything, so nothing goes.
    await connect(guest, loop(TWO))
    const blind = await guest.run(`unshare --mount sh -c 'mount -t tmpfs none /proc && nvmf disconnect-all'`)
    expect(blind).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^nvme0 +kept [^]*^nvme1 +kept [^]*nothing to disconnect\n$/m),
    })
    expect(await disconnectAll(guest)).toEqual([
      'nvme0 kept: in use: nvme0n1 is part of lower',
      `nvme1 disconnected: ${NOBODYS}`,
    ])

    // Force, by a script.
    expect(await disconnectAll(guest, '--force')).toEqual([
      `nvme0 disconnected: ${NOBODYS}; in use: nvme0n1 is part of lower`,
    ])
    expect(await controllers(guest)).toEqual([])
    expect(await nvmf(guest, 'disconnect-all')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to disconnect'),
    })

    const told = await story(guest)
    expect(told).toContain(`kept nvme0 nqn=${ONE} reason=in-use use="nvme0n1 is swapped on"`)
    expect(told.at(-1)).toBe(`disconnected nvme0 nqn=${ONE} reason=in-use use="nvme0n1 is part of lower"`)
  })
})
