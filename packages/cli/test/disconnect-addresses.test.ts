import { expect, test } from 'vitest'
import { controllerFiles, hostByHand } from './host-by-hand.ts'
import { runWith } from './in-process.ts'

const NODE = '20000025B5110001'
const PORT = '10000025b5110002'
const NQN = 'nqn.2026-01.example:a'
const remote = (name: string, transport: string, address: string): Readonly<Record<string, string>> =>
  controllerFiles(name, { transport, address, subsysnqn: NQN, state: 'live', delete_controller: '' })

/** Connected by different tools, each with its own way to write an address. */
const root = (): string =>
  hostByHand({
    ...remote('nvme0', 'tcp', 'traddr=0:0:0:0:0:0:0:1,trsvcid=4420'),
    ...remote('nvme1', 'tcp', 'traddr=fe80::1%eth0,trsvcid=4420,host_traddr=FE80::2%eth0'),
    ...remote('nvme2', 'fc', `traddr=nn-0x${NODE}:pn-0x${PORT},host_traddr=nn-0x1:pn-0x2`),
    ...remote('nvme3', 'tcp', 'traddr=192.0.2.1,trsvcid=4420'),
  })

test.each([
  [['-a', '::1'], 'nvme0'],
  [['-a', '::0001'], 'nvme0'],
  [['-a', 'FE80:0::1%eth0'], 'nvme1'],
  [['-a', 'fe80::1%ETH0'], undefined],
  [['-a', 'fe80::1'], undefined],
  [['-a', `nn-0X${NODE.toLowerCase()}:pn-0X${PORT}`], 'nvme2'],
  [['-a', `nn-${NODE},pn-${PORT}`], 'nvme2'],
  [['-a', '192.0.2.1'], 'nvme3'],
  [['-a', '192.0.2.10'], undefined],
])('disconnect-all %j takes %s, and so does disconnect', async (filter, device) => {
  const at = ['--root', root(), '--dry-run', ...filter]
  const all = await runWith(['disconnect-all', ...at])
  expect(all.stdout.match(/^nvme\d(?= +would disconnect)/gm) ?? []).toEqual(device === undefined ? [] : [device])
  const named = await runWith(['disconnect', '-n', NQN, ...at])
  expect(named).toMatchObject(
    device === undefined ? { stdout: '', exit: 5 } : { stdout: `would disconnect ${device}\n`, exit: 0 },
  )
})

test('disconnect takes the address of this host in every spelling too', async () => {
  const { stdout } = await runWith(['disconnect', '-n', NQN, '-w', 'fe80:0::2%eth0', '--root', root(), '--dry-run'])
  expect(stdout).toBe('would disconnect nvme1\n')
})

test('a comma is right in a Fibre Channel address only', async () => {
  const { stderr, exit } = await runWith(['disconnect-all', '--root', root(), '--dry-run', '-a', '192.0.2.1,192.0.2.2'])
  expect([stderr, exit]).toEqual([
    'nvmf: disconnect-all: --traddr: must be one value, without comma or control characters\n',
    2,
  ])
})
