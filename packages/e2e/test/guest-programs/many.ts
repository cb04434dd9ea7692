import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { processIo } from '../../../cli/src/node/process-io.ts'
import { run } from '../../../cli/src/program.ts'

/**
 * Many command lines in one process, because a fresh node for each takes the emulated guest more than a second:
 * `node many.cjs STEPS.json` prints what came of each step.
 */
export type Step =
  /** A command line of nvmf. Controllers are deleted afterwards, unless `keep`. */
  { readonly nvmf: readonly string[]; readonly keep?: boolean } | { readonly sh: string }

/** What came of a step. */
export interface Done {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  /** What sysfs and the registry had of each controller after a command line: attributes by name, `owner` from the registry. */
  readonly controllers: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const CLASS = '/sys/class/nvme'
const ATTRIBUTES =
  'address cntlid cntrltype ctrl_loss_tmo dhchap_ctrl_secret dhchap_secret fast_io_fail_tmo hostid hostnqn kato ' +
  'queue_count reconnect_delay sqsize state subsysnqn transport'

async function nvmf(argv: readonly string[]): Promise<Omit<Done, 'controllers'>> {
  let [stdout, stderr] = ['', '']
  const io = {
    ...processIo(),
    stdout: (text: string) => void (stdout += text),
    stderr: (text: string) => void (stderr += text),
  }
  return { exit: await run(argv, io), stdout, stderr }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    // Not every transport has every attribute.
    return undefined
  }
}

function attributesOf(device: string): Record<string, string> {
  const found = ATTRIBUTES.split(' ').map(name => [name, read(`${CLASS}/${device}/${name}`)])
  const owner = ['owner', read(`/run/nvme/registry/${device}/owner`)]
  return Object.fromEntries([...found, owner].filter(([, value]) => value !== undefined))
}

/** Without nvme-core there is no class. */
const present = (): string[] => (existsSync(CLASS) ? readdirSync(CLASS) : [])

async function main(): Promise<void> {
  const steps = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Step[]
  const results: Done[] = []
  for (const step of steps) {
    if ('sh' in step) {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', step.sh], { encoding: 'utf8' })
      results.push({ exit: status ?? -1, stdout, stderr, controllers: {} })
      continue
    }
    const ended = await nvmf(step.nvmf)
    const devices = present()
    results.push({ ...ended, controllers: Object.fromEntries(devices.map(name => [name, attributesOf(name)])) })
    if (!step.keep) for (const name of devices) writeFileSync(`${CLASS}/${name}/delete_controller`, '1')
  }
  process.exitCode = 0
  process.stdout.write(JSON.stringify(results))
}

void main()
