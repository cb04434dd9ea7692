import { type Guest, prepareImage, withGuest } from '@nvmf/e2e'
import { expect, test } from 'vitest'
import { ONE } from './installed.ts'
import { type Done, many, nvmfStep, withoutDisks } from './many.ts'

const HOSTNQN = 'nqn.2014-08.org.nvmexpress:uuid:6d0c4aa2-3f0e-4c65-9d3c-0f2b6a5e7c11'
const HOSTID = '6d0c4aa2-3f0e-4c65-9d3c-0f2b6a5e7c11'
const DISCOVERY = 'nqn.2014-08.org.nvmexpress.discovery'
const SECRET = 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:'
const TCP = `-t tcp -a 127.0.0.1 -s 4420 -n ${ONE}`
const WWN = 'nn-0x10000090fa942779:pn-0x10000090fa942779'

interface Line {
  readonly flags: string
  /** What sysfs has of the new controller. */
  readonly shows?: Readonly<Record<string, string | RegExp>>
  /** Ours ends otherwise than 0: nothing listens there, no such driver, no key. */
  readonly exit?: number
  /** Why nvme-cli 2.13 writes something else; its tokens, ours. */
  readonly differs?: { readonly why: string; readonly theirs?: string[]; readonly ours?: string[] | 'nothing' }
}

const LINES: readonly Line[] = [
  { flags: TCP, shows: { transport: 'tcp', ctrl_loss_tmo: '600', reconnect_delay: '10', kato: '5', sqsize: '127' } },
  { flags: `-t tcp -a 127.0.0.1 -n ${ONE}`, shows: { address: /^traddr=127\.0\.0\.1,trsvcid=4420/ } },
  { flags: `-t tcp -a localhost -n ${ONE}`, exit: 1 },
  { flags: `${TCP} -l -1`, shows: { ctrl_loss_tmo: 'off' } },
  { flags: `${TCP} -l 30 -c 5`, shows: { ctrl_loss_tmo: '30', reconnect_delay: '5' } },
  { flags: `${TCP} -k 7`, shows: { kato: '7' } },
  { flags: `${TCP} -i 1`, shows: { queue_count: '2' } },
  { flags: `${TCP} -i 1 -W 1`, shows: { queue_count: '3' } },
  { flags: `${TCP} -i 1 -P 1`, shows: { queue_count: '3' } },
  { flags: `${TCP} -Q 32`, shows: { sqsize: '31' } },
  { flags: `${TCP} -T 0`, shows: { state: 'live' } },
  { flags: `${TCP} -F 7`, shows: { fast_io_fail_tmo: '7' } },
  { flags: `${TCP} --fast_io_fail_tmo=8`, shows: { fast_io_fail_tmo: '8' } },
  { flags: `${TCP} -g`, shows: { state: 'live' } },
  { flags: `${TCP} -g -G`, shows: { state: 'live' } },
  { flags: `${TCP} -D`, shows: { state: 'live' } },
  { flags: `${TCP} --disable-sqflow`, shows: { state: 'live' } },
  { flags: `${TCP} -f lo`, shows: { address: /,host_iface=lo(,|$)/ } },
  { flags: `${TCP} -w 127.0.0.1`, shows: { address: /,host_traddr=127\.0\.0\.1(,|$)/ } },
  { flags: `${TCP} -q ${HOSTNQN} -I ${HOSTID}`, shows: { hostnqn: HOSTNQN, hostid: HOSTID } },
  { flags: `${TCP} -I ${HOSTID}`, shows: { hostid: HOSTID } },
  { flags: `${TCP} -q ${HOSTNQN}`, shows: { hostnqn: HOSTNQN } },
  { flags: `${TCP} -S ${SECRET}`, shows: { dhchap_secret: SECRET } },
  { flags: `${TCP} -S ${SECRET} -C ${SECRET}`, shows: { dhchap_secret: SECRET, dhchap_ctrl_secret: SECRET } },
  { flags: `${TCP} -i 0 -W 0 -P 0 -Q 0 -k 0 -c 0 -F 0`, shows: { kato: '5', sqsize: '127', reconnect_delay: '10' } },
  { flags: `${TCP} --tls`, exit: 1 },
  { flags: `-t loop -n ${ONE}`, shows: { transport: 'loop' } },
  { flags: `-t loop -n ${ONE} -i 1 -Q 64 -k 9 -D`, shows: { queue_count: '2', sqsize: '63', kato: '9' } },
  { flags: `-t loop -n ${ONE} -l 30 -g -T 3`, shows: { transport: 'loop' } },
  { flags: `-t rdma -a 127.0.0.1 -n ${ONE}`, exit: 1 },
  { flags: `-t fc -a ${WWN} -w ${WWN} -n ${ONE} -c 3`, exit: 1 },
  {
    flags: `-t loop -n ${ONE} -c 3`,
    shows: { transport: 'loop' },
    differs: { why: 'loop does not take it, so the kernel answers EINVAL; ours warns', theirs: ['reconnect_delay=3'] },
  },
  {
    flags: `-t tcp -a 127.0.0.1 -s 4420 -n ${DISCOVERY} -i 3`,
    shows: { cntrltype: 'discovery', kato: '30' },
    differs: {
      why: 'a discovery controller stays only with a keep-alive, as in nvme-cli 3',
      ours: ['keep_alive_tmo=30'],
    },
  },
  {
    flags: `-t tcp -a 127.0.0.1 -n ${DISCOVERY}`,
    exit: 1,
    differs: {
      why: 'the port of discovery over tcp is 8009, as in nvme-cli 3',
      theirs: ['trsvcid=4420'],
      ours: ['trsvcid=8009', 'keep_alive_tmo=30'],
    },
  },
  {
    flags: `${TCP} --tls_key=77`,
    exit: 1,
    differs: { why: 'nvme-cli drops a TLS key without --tls and connects in the clear', ours: ['tls_key=0x0000004d'] },
  },
  {
    flags: `${TCP} -S ${SECRET} --concat`,
    exit: 1,
    differs: { why: 'Linux 6.12 lacks it; nvme-cli connects in the clear, ours refuses', ours: 'nothing' },
  },
]

/** What a strace has of writes to /dev/nvme-fabrics, in order. */
const written = (trace: string): string[] =>
  [...trace.matchAll(/write\(\d+, "([^"]*)", \d+\)?/g)].map(([, text = '']) => text)

const REMOVE = 'for f in /sys/class/nvme/nvme*/delete_controller; do [ ! -e $f ] || echo 1 >$f; done'
const TRACE = 'strace -f --seccomp-bpf -e trace=write -P /dev/nvme-fabrics -s 4096'

/** Each of its runs writes once, whatever comes of it. */
async function writtenByNvmeCli(guest: Guest): Promise<string[]> {
  const runs = LINES.map(({ flags }) => `nvme connect ${flags} >/dev/null 2>&1; ${REMOVE}`)
  const script = `cat >/root/theirs.sh <<'END'\n${runs.join('\n')}\nEND\n${TRACE} -o /root/theirs sh /root/theirs.sh`
  await guest.sh(script, { timeoutMs: 300_000 })
  return written(await guest.sh('cat /root/theirs'))
}

test('every option: the string is that of nvme-cli, token by token, and the kernel does as it says', async () => {
  const image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
  await withGuest(image, async guest => {
    await withoutDisks(guest)
    expect(await guest.sh('nvme --version')).toMatch(/^nvme version 2\.13/)
    const theirs = await writtenByNvmeCli(guest)
    expect(theirs).toHaveLength(LINES.length)
    const done = await many(
      guest,
      LINES.map(({ flags }) => nvmfStep(`connect ${flags}`)),
      `${TRACE} -o /root/ours`,
    )
    const ours = written(await guest.sh('cat /root/ours'))
    for (const [i, line] of LINES.entries()) {
      const { flags, exit = 0, shows = {}, differs } = line
      const ended = done[i] as Done
      expect({ flags, exit: ended.exit, said: ended.stderr }).toMatchObject({ flags, exit })
      const [their = '', our = ''] = [theirs[i], differs?.ours === 'nothing' ? '' : ours.shift()]
      compare(flags, their.split(','), our === '' ? [] : our.split(','), differs)
      expect(ended.controllers['nvme0'] ?? {}, flags).toMatchObject(matchers(shows))
    }
    expect(ours).toEqual([])
  })
})

const matchers = (shows: Readonly<Record<string, string | RegExp>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(shows).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : expect.stringMatching(value),
    ]),
  )

/** Token by token, in order; what differs must be exactly what is known to. */
function compare(flags: string, theirs: string[], ours: string[], differs: Line['differs']): void {
  expect(theirs.length, `${flags}: nvme-cli wrote nothing`).toBeGreaterThan(2)
  const { theirs: onlyTheirs = [], ours: onlyOurs = [] } =
    differs?.ours === 'nothing' ? { theirs, ours: [] } : ((differs ?? {}) as { theirs?: string[]; ours?: string[] })
  expect(without(theirs, ours), flags).toEqual(onlyTheirs)
  expect(without(ours, theirs), flags).toEqual(onlyOurs)
  expect(without(ours, onlyOurs), flags).toEqual(without(theirs, onlyTheirs))
}

const without = (tokens: string[], others: string[]): string[] => tokens.filter(token => !others.includes(token))
