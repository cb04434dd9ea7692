/**
 * `npm run demo`: the main job on a virtual host - a directory with a simulated kernel and udevd in it - told with the
 * built command's real output. Needs no root, no kernel module and nothing but Node and npm.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVirtualHost, type VirtualHost } from '@nvmf/virtual-host'
import { recycle } from './demo/recycle.ts'
import { say, shell, tell } from './demo/tell.ts'
import { ROOT, step } from './lib/steps.ts'

const NATIVE = join(ROOT, 'packages/udev-cleanup/dist/nvmf-registry-cleanup')
const TWIN = join(ROOT, 'packages/udev-cleanup/src/node/main.ts')
const HELPER = '/usr/lib/udev/nvmf-registry-cleanup'
// Short enough for a table in a terminal of 80 columns.
const DISK = 'nqn.2026-11.example:local-disk'
const BOOT = 'nqn.2026-11.example:boot'
const DATA = 'nqn.2026-11.example:data'
const SCRATCH = 'nqn.2026-11.example:scratch'

async function main(): Promise<void> {
  step('build the command', 'turbo', 'run', 'build', '--filter=nvmf', '--only', '--output-logs=errors-only')
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-demo-'))
  const native = existsSync(NATIVE)
  const host = await startVirtualHost({
    dir,
    rules: [join(ROOT, 'udev/70-nvmf-ownership.rules')],
    programs: { [HELPER]: native ? NATIVE : TWIN },
  })
  try {
    await story(host, native)
  } finally {
    await host.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function story(host: VirtualHost, native: boolean): Promise<void> {
  const nvmf = (line: string, exit?: number): Promise<void> => shell(host.root, line, exit)
  host.addPcie('0000:01:00.0', { nqn: DISK })
  for (const nqn of [BOOT, DATA, SCRATCH]) host.addSubsystem(nqn)

  say(
    `A host in ${host.root}: one local disk, three NVMe-oF targets`,
    `at 127.0.0.1:4420, and a udevd with our rule and ${native ? 'the native helper' : 'the helper on Node'}.`,
    '',
    '1. Three parties connect. Two of them say who they are.',
  )
  await nvmf(`connect -t tcp -a 127.0.0.1 -n ${BOOT} --owner nbft`)
  await nvmf(`connect -t tcp -a 127.0.0.1 -n ${DATA} --owner stas -l 3`)
  await nvmf(`connect -t tcp -a 127.0.0.1 -n ${SCRATCH}`)

  say('2. Everybody sees who owns what.')
  await nvmf('list')

  say('3. The command that used to take the root disk away takes what nobody owns.')
  await nvmf('disconnect-all')
  await nvmf('disconnect-all --owner stas --force', 2)

  say('4. What is named is taken.')
  await nvmf(`connect -t loop -n ${SCRATCH}`)
  await nvmf(`disconnect -n ${SCRATCH}`)

  say(
    "5. stas's target goes. Nobody runs a command; after ctrl_loss_tmo (-l) the",
    'kernel gives the controller up, and udev clears its entry.',
  )
  await nvmf('registry list')
  host.lose(DATA)
  host.expire(DATA)
  await host.udev.settle()
  await nvmf('registry list')

  say('6. The journal has the whole story.')
  for (const { text } of host.journal()) tell(text)

  say('7. The same number, 50 times, with udev always late: the events arrive when the', "number is somebody else's.")
  host.recover(DATA)
  process.stdout.write(`${await recycle(host, DATA, 50)}\n`)

  say('A left-over? The registry holds:')
  process.stdout.write(`${readdirSync(join(host.root, 'run/nvme/registry')).join(' ')}\n`)
}

await main()
