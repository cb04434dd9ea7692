import { type Guest, prepareImage, withGuest } from '@nvmf/e2e'
import { expect, test } from 'vitest'
import { bundleForGuest } from './bundle.ts'
import { ONE, REGISTRY, TWO } from './installed.ts'
import { type Done, many, nvmfStep, type Step, withoutDisks } from './many.ts'

const connect = (more: string, nqn = ONE): Step =>
  nvmfStep(`connect -t tcp -a 127.0.0.1 -s 4420 -n ${nqn} ${more}`.trim(), true)
const empty: Step = {
  nvmf: ['connect', '-t', 'tcp', '-a', '127.0.0.1', '-n', ONE, '--owner', '', '--idempotent'],
  keep: true,
}

/** Each row begins where the one before ended: what is run, how it ends, whose the controller is then. */
const MATRIX: readonly (readonly [Step, number, string | undefined, RegExp])[] = [
  [
    connect('--owner stas --dry-run'),
    0,
    undefined,
    /^would connect \(owner stas\): nqn=.*,transport=tcp,traddr=127\.0\.0\.1,/,
  ],
  [connect(''), 0, undefined, /^connected nvme0$/],
  [connect(''), 6, undefined, /already connected as nvme0$/],
  [connect('--idempotent'), 0, undefined, /^already connected as nvme0$/],
  [connect('--owner stas --dry-run'), 6, undefined, /would be claimed for stas$/],
  [connect('--owner stas'), 6, 'stas', /, claimed for stas$/],
  [connect('--owner stas --idempotent'), 0, 'stas', /\(owner stas\)$/],
  [connect(''), 6, 'stas', /owned by stas$/],
  [connect('--idempotent'), 0, 'stas', /\(owner stas\)$/],
  // P8: nothing is taken from its owner without saying so.
  [connect('--owner nbft'), 6, 'stas', /owned by stas\nhint: --steal takes it$/],
  [connect('--owner nbft --idempotent'), 7, 'stas', /owned by stas\nhint: --steal takes it$/],
  [connect('--owner nbft --steal --idempotent --dry-run'), 0, 'stas', /would be taken from stas for nbft$/],
  [connect('--owner nbft --steal --idempotent'), 0, 'nbft', /\(owner nbft, was stas's\)$/],
  [connect('--owner stas --steal'), 6, 'stas', /taken from nbft for stas$/],
  [empty, 0, undefined, /^already connected as nvme0$/],
  [connect('--owner stas --idempotent'), 0, 'stas', /\(owner stas\)$/],
  // A second connection, when that is what is wanted.
  [connect('--owner nbft -D'), 0, 'stas', /^connected nvme1 \(owner nbft\)$/],
  [nvmfStep('disconnect nvme1', true), 0, 'stas', /^disconnected nvme1$/],
  // loop: the kernel would connect it again.
  [nvmfStep(`connect -t loop -n ${TWO} --owner me`, true), 0, 'stas', /^connected nvme1 \(owner me\)$/],
  [nvmfStep(`connect -t loop -n ${TWO} --owner me`, true), 6, 'stas', /already connected as nvme1, owned by me$/],
]

async function races(guest: Guest): Promise<Record<string, never>> {
  await guest.put(await bundleForGuest('connect-races.ts'), '/root/connect-races.cjs')
  // 192.0.2.1 swallows what is sent to it.
  await guest.sh(`ip link add dummy0 type dummy && ip addr add 192.0.2.9/24 dev dummy0 && ip link set dummy0 up
    ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev dummy0
    for f in /sys/class/nvme/nvme*/delete_controller; do echo 1 >$f; done; udevadm settle; rm -rf ${REGISTRY}`)
  const { stdout } = await guest.run(`node /root/connect-races.cjs ${ONE}`, { timeoutMs: 120_000 })
  return JSON.parse(stdout) as Record<string, never>
}

test('ownership at connect: the whole matrix, P8 among it; P2 and other deaths in the middle; crowds and targets that hang', async () => {
  const image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
  await withGuest(image, async guest => {
    await withoutDisks(guest)
    const unwritable: Step = { sh: `rm -rf ${REGISTRY}; mkdir -p /run/nvme; echo x >${REGISTRY}` }
    const strict = connect('--owner stas --require-owner', TWO)
    const done = await many(guest, [
      ...MATRIX.map(([step]) => step),
      unwritable,
      connect('--owner stas --idempotent'),
      strict,
    ])
    for (const [i, [step, exit, owner, says]] of MATRIX.entries()) {
      const { exit: code, stdout, stderr, controllers } = done[i] as Done
      const said = (stdout + stderr.replace(/^.*warning: hostnqn and hostid.*\n/m, '')).trimEnd()
      expect({ step, code, said }).toEqual({ step, code: exit, said: expect.stringMatching(says) })
      expect(controllers['nvme0']?.['owner'], JSON.stringify(step)).toBe(owner)
    }
    expect(done[0]?.controllers, 'a dry run').toEqual({})
    const [failed, refused] = done.slice(-2) as [Done, Done]
    expect(failed).toMatchObject({ exit: 9, stderr: expect.stringContaining('its ownership could not be changed') })
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('nothing was connected') })
    expect(Object.keys(refused.controllers)).not.toContain('nvme2')

    const { p2, recycled, many: crowd, hanging } = await races(guest)
    expect(p2, 'P2').toEqual({
      result: { code: 'gone', device: expect.stringMatching(/^nvme\d+$/) },
      after: { controllers: [], entries: [] },
      next: { state: 'unowned', reason: 'no-entry' },
    })
    expect(recycled).toMatchObject({
      result: { alreadyConnected: false, ownership: { outcome: 'published' } },
      owner: { state: 'owned', owner: 'stas' },
    })
    expect(crowd).toEqual({
      outcomes: ['connected', ...Array<string>(8).fill('owned')],
      entries: [{ device: expect.stringMatching(/^nvme\d+$/), owner: 'owner-0' }],
      ticked: true,
    })
    expect(hanging).toEqual({
      late: 'deadline',
      codes: Array<string>(6).fill('interrupted'),
      goOn: 1,
      read: true,
      after: { controllers: [expect.stringMatching(/^nvme\d+$/)], entries: [] },
    })
  })
})
