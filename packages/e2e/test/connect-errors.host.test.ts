import { crc32 } from 'node:zlib'
import { prepareImage, withGuest } from '@nvmf/e2e'
import { expect, test } from 'vitest'
import { ONE, TWO } from './installed.ts'
import { type Done, many, nvmfStep, type Step, withoutDisks } from './many.ts'

const HOSTNQN = 'nqn.2014-08.org.nvmexpress:uuid:6d0c4aa2-3f0e-4c65-9d3c-0f2b6a5e7c11'
const HOSTID = '6d0c4aa2-3f0e-4c65-9d3c-0f2b6a5e7c11'
const ME = `-q ${HOSTNQN} -I ${HOSTID}`
const TCP = `connect -t tcp -a 127.0.0.1 -s 4420 -n ${ONE}`
const ABSENT = 'nqn.2026-11.io.nvmf:absent'

/** A secret as nvme gen-dhchap-key makes them, of 32 bytes that are all the same. */
function secret(byte: number): string {
  const key = Buffer.alloc(32, byte)
  const crc = Buffer.alloc(4)
  crc.writeUInt32LE(crc32(key))
  return `DHHC-1:00:${Buffer.concat([key, crc]).toString('base64')}:`
}
const [MINE, THEIRS] = [secret(1), secret(3)] as const

const NVMET = '/sys/kernel/config/nvmet'
const host = `${NVMET}/hosts/${HOSTNQN}`
const onlyMe: Step = {
  sh: `mkdir -p ${host} && echo 0 >${NVMET}/subsystems/${ONE}/attr_allow_any_host &&
    ln -s ${host} ${NVMET}/subsystems/${ONE}/allowed_hosts/ && test -e ${host}/dhchap_key`,
}
const keyed: Step = { sh: `echo '${MINE}' >${host}/dhchap_key` }
const bothKeyed: Step = { sh: `echo '${THEIRS}' >${host}/dhchap_ctrl_key` }
const written: Step = { sh: `umask 077; printf '%s\\n' '${MINE}' >/root/secret` }

/** The target goes, and with it all that holds the modules. */
const unloaded: Step = {
  sh: `. /usr/local/lib/nvmet-lab.sh && rm ${NVMET}/subsystems/${ONE}/allowed_hosts/${HOSTNQN} && rmdir ${host} &&
    nvmet_remove ${ONE} && nvmet_remove ${TWO} && rmdir ${NVMET}/ports/1 ${NVMET}/ports/2 &&
    modprobe -r nvmet-tcp nvme-loop nvmet nvme-tcp nvme-fabrics && test ! -e /dev/nvme-fabrics`,
}

/** What is run, how it ends, and what is said: our words, and the kernel's own where it has some. */
const STORY: readonly (readonly [Step, number, RegExp])[] = [
  [
    nvmfStep(`connect -t tcp -a 127.0.0.1 -n ${ABSENT}`),
    1,
    /no such subsystem.*\n.*kernel's log has: nvme nvme\d+: Connect Invalid Data Parameter/,
  ],
  [nvmfStep(`connect -t loop -n ${ABSENT}`), 1, /no such subsystem/],
  [
    nvmfStep(`connect -t tcp -a 127.0.0.1 -s 4499 -n ${ONE}`),
    1,
    /connection refused\nhint: the kernel's log has: nvme nvme\d+: failed to connect socket: -111/,
  ],
  [nvmfStep(`connect -t tcp -a 192.0.2.1 -n ${ONE}`), 1, /cannot be reached/],
  [
    nvmfStep(`${TCP} -f nosuch0`),
    1,
    /no such network interface\nhint: the kernel's log has: nvme_tcp: invalid interface passed: nosuch0/,
  ],
  [
    nvmfStep(`${TCP} -w 192.0.2.77`),
    1,
    /host address is not this host's\nhint: the kernel's log has: nvme nvme\d+: failed to bind/,
  ],
  [
    nvmfStep(`connect -t rdma -a 127.0.0.1 -n ${ONE}`),
    1,
    /refuses these arguments\nhint: the kernel's log has: nvme_fabrics: no handler found for transport rdma/,
  ],
  [nvmfStep(`${TCP} --tls`), 1, /key is missing.*\nhint: the kernel's log has: nvme nvme\d+: no valid PSK found/],
  [
    nvmfStep(`${TCP} --tls --tls-key 77`),
    1,
    /key is missing.*\nhint: the kernel's log has: .*key id 0000004d not found/,
  ],
  [nvmfStep(`${TCP} --concat -S ${MINE}`), 1, /concat: this kernel does not know it/],
  // One host identity at a time: the first controller is there while the second is asked for.
  [nvmfStep(`${TCP} ${ME}`, true), 0, /^connected nvme\d+$/],
  [
    nvmfStep(`connect -t loop -n ${ONE} -q ${HOSTNQN} -I 99999999-3f0e-4c65-9d3c-0f2b6a5e7c11`),
    1,
    /refuses these arguments\nhint: the kernel's log has: nvme_fabrics: found same hostnqn .* but different hostid/,
  ],
  // DH-HMAC-CHAP against nvmet.
  [onlyMe, 0, /^$/],
  [nvmfStep(TCP), 1, /does not let this host use it/],
  [keyed, 0, /^$/],
  [
    nvmfStep(`${TCP} ${ME}`),
    1,
    /authentication key is missing or not accepted\nhint: the kernel's log has: nvme nvme\d+: qid 0: no key/,
  ],
  // Wrong secrets are not here: nvmet may drop its answer, and the host finds out by its timeout of 60 s (EIO).
  [written, 0, /^$/],
  [
    nvmfStep(`${TCP} ${ME} -S @/root/secret -v`),
    0,
    /^connected nvme\d+ \(cntlid \d+\)\nnvmf: connect: asking the kernel: nqn=.*,dhchap_secret=…,ctrl_loss_tmo=600$/,
  ],
  [nvmfStep(`${TCP} ${ME} -S ${MINE} -C ${THEIRS}`), 1, /key is missing or not accepted|does not let this host/],
  [bothKeyed, 0, /^$/],
  [nvmfStep(`${TCP} ${ME} -S @/root/secret -C ${THEIRS}`), 0, /^connected nvme\d+$/],
  // A missing driver is loaded, unless told otherwise.
  [unloaded, 0, /^$/],
  [nvmfStep(`${TCP} --no-load-modules`), 1, /there is no \/dev\/nvme-fabrics\nhint: modprobe nvme-fabrics/],
  [nvmfStep('doctor'), 10, /^ok +module +nvme-fabrics is not loaded; nvmf connect loads it$/m],
  [{ sh: 'mount -t tmpfs none /lib/modules' }, 0, /^$/],
  [
    nvmfStep('doctor'),
    10,
    /^problem +module +nvme-fabrics is not loaded, and \/sbin\/modprobe cannot load it: exit code 1 ->/m,
  ],
  [{ sh: 'umount /lib/modules && test ! -e /sys/module/nvme_fabrics' }, 0, /^$/],
  [nvmfStep(TCP), 1, /connection refused/],
  [{ sh: 'test -e /sys/module/nvme_tcp' }, 0, /^$/],
]

test('each error of the kernel, provoked: a code, our words, and the line of its log', async () => {
  const image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
  await withGuest(image, async guest => {
    await withoutDisks(guest)
    const done = await many(
      guest,
      STORY.map(([step]) => step),
    )
    for (const [i, [step, exit, says]] of STORY.entries()) {
      const { exit: code, stdout, stderr } = done[i] as Done
      const said = (stdout + stderr.replaceAll(/^.*warning: .*\n/gm, '')).trimEnd()
      expect({ step, code, said }).toEqual({ step, code: exit, said: expect.stringMatching(says) })
      for (const key of [MINE, THEIRS]) expect(stderr).not.toContain(key.slice(10, -1))
    }
    expect(await guest.sh('journalctl -b --no-pager')).not.toContain(MINE.slice(10, -1))
    // A TLS connection needs tlshd (ktls-utils) for the handshake, which this guest does not have: only its refusal is shown.
    expect((await guest.run('command -v tlshd')).code).not.toBe(0)
  })
})
