import { type Guest, prepareImage, withGuest } from '@nvmf/e2e'
import { expect, test } from 'vitest'
import { bundleForGuest } from './bundle.ts'
import { connect, controllers, putExt4, tcp } from './disconnect-lab.ts'
import { ONE } from './installed.ts'

/** A port of its own for what is to be cut off. */
const PORT = 4421
const SECOND_PORT = `cd /sys/kernel/config/nvmet/ports && mkdir 3 && cd 3 && echo tcp >addr_trtype && echo ipv4 >addr_adrfam
  echo 127.0.0.1 >addr_traddr && echo ${PORT} >addr_trsvcid && ln -s /sys/kernel/config/nvmet/subsystems/${ONE} subsystems/`
const CUT = `nft add table inet dead && nft 'add chain inet dead in { type filter hook input priority 0; }' &&
  nft add rule inet dead in tcp dport ${PORT} drop && nft add rule inet dead in tcp sport ${PORT} drop`
const REVIVE = 'nft delete table inet dead'
/** 192.0.2.1 swallows what is sent to it. */
const NOWHERE = `ip link add dummy0 type dummy && ip addr add 192.0.2.9/24 dev dummy0 && ip link set dummy0 up &&
  ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev dummy0`

async function program(guest: Guest, line: string): Promise<unknown> {
  return JSON.parse(await guest.sh(`node /root/announcing.cjs ${line}`, { timeoutMs: 400_000 }))
}

test('processes that announce what they connect and disconnect, on a real kernel', async () => {
  const image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
  await withGuest(image, async guest => {
    await guest.put(await bundleForGuest('announcing.ts'), '/root/announcing.cjs')
    await guest.sh(`${SECOND_PORT}; ${NOWHERE}`)

    // Two disconnects of the two paths to a mounted disk: a path is left each time.
    await putExt4(guest)
    await connect(guest, tcp(ONE))
    await guest.sh('dd if=/root/ext4.img of=/dev/nvme0n1 status=none && mount /dev/nvme0n1 /mnt')
    const counts = (await program(guest, `side-by-side ${ONE} 200`)) as Record<string, number>
    process.stderr.write(`${JSON.stringify(counts)}\n`)
    expect(counts).toMatchObject({ rounds: 200, lost: 0 })
    expect((counts['oneWent'] ?? 0) + (counts['bothKept'] ?? 0)).toBe(200)
    await guest.sh('umount /mnt; for f in /sys/class/nvme/nvme*/delete_controller; do echo 1 >$f; done; udevadm settle')

    // A disconnect that is killed while its thread is in the kernel: announced until the kernel is done with it.
    await connect(guest, tcp(ONE, PORT))
    const [dead = ''] = await controllers(guest)
    await guest.sh(`${CUT}; ${started('disconnect')}
      until grep -q deleting /sys/class/nvme/${dead}/state; do sleep 0.1; done; kill -9 "$(cat /root/pid)"`)
    expect(await program(guest, 'look')).toMatchObject({
      connecting: [],
      leaving: [[dead]],
      plan: [{ reason: 'gone' }],
    })
    await guest.sh(`${REVIVE}; ${ENDED}`)
    expect(await program(guest, 'look')).toEqual({ connecting: [], leaving: [], plan: [] })

    // A connect to a target that does not answer: left for its announcement, and for what sysfs shows of a first connect.
    const half = {
      action: 'skip',
      reason: 'being-connected',
      state: expect.stringMatching(/^(new|connecting)$/),
      cntlid: 0,
      cntrltype: 'reserved',
    }
    const { stdout: during } = await guest.run(`node /root/announcing.cjs connecting 192.0.2.1 ${ONE}`)
    expect(JSON.parse(during)).toEqual({
      connecting: [expect.objectContaining({ owner: 'stas', transport: 'tcp', traddr: '192.0.2.1', nqn: ONE })],
      leaving: [],
      plan: [{ ...half, name: expect.any(String) }],
    })
    // Killed, it ends with its process, and nothing is left that protects.
    await guest.sh(GONE)
    expect(await program(guest, 'look')).toEqual({ connecting: [], leaving: [], plan: [] })

    // A first connect by a program that announces nothing.
    const { stdout: written } = await guest.run(`node /root/announcing.cjs written 192.0.2.1 ${ONE}`)
    expect(JSON.parse(written)).toEqual({
      connecting: [],
      leaving: [],
      plan: [{ ...half, name: expect.any(String) }],
    })
  })
})

const GONE = 'until [ -z "$(ls /sys/class/nvme)" ]; do sleep 0.1; done'
/** Starts the program in the background, its process id in /root/pid. */
const started = (line: string): string => `node /root/announcing.cjs ${line} >/dev/null 2>&1 & echo $! >/root/pid;`
/** That process is gone, and all of its threads: a process whose first thread has ended is a zombie until then. */
const ENDED = 'while [ -n "$(ls "/proc/$(cat /root/pid)/task" 2>/dev/null)" ]; do sleep 0.1; done'
