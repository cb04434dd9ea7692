import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { VirtualHost } from '@nvmf/virtual-host'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nvmf } from './run.ts'
import { INSTALLED, virtualHost } from './virtual-host.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../..')
const EXAMPLES = join(REPOSITORY, 'docs/examples')
const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8')
/** The packages as a user has them: built. */
const environment = { ...process.env, NODE_OPTIONS: '' }
const NQN = 'nqn.2026-11.io.example:'

/** Targets a, b, c and d at 192.0.2.10 and up, and a udevd with our rule. */
async function boot(): Promise<VirtualHost> {
  const host = await virtualHost(INSTALLED)
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
    const listeners = [{ transport: 'tcp' as const, traddr: `192.0.2.${10 + i}`, trsvcid: '4420' }]
    host.addSubsystem(NQN + name, { listeners })
  }
  return host
}

async function run(program: string | string[], args: string[]): Promise<string> {
  const line = [program, args].flat()
  const { stdout } = await promisify(execFile)(process.execPath, line, { cwd: REPOSITORY, env: environment })
  return stdout
}

const command = async (host: VirtualHost, line: string): Promise<string> => {
  const { stdout, stderr } = await nvmf(['--root', host.root, ...line.split(' ')])
  return stdout + stderr
}

describe('the library in ten lines', () => {
  test.each(['list', 'connect', 'find'])('%s is in README as it is run here, and short', name => {
    const code = read(`docs/examples/${name}.mjs`)
    expect(read('README.md')).toContain(`\`\`\`js\n${code}\`\`\`\n`)
    expect(code.split('\n').filter(line => line !== '').length).toBeLessThanOrEqual(10)
  })

  test('they work together', async () => {
    const host = await boot()
    const [a, c] = [
      [`${NQN}a`, '192.0.2.10', host.root],
      [`${NQN}c`, '192.0.2.12', host.root],
    ]
    expect(await command(host, `connect -t tcp -a 192.0.2.11 -n ${NQN}b --owner stas`)).toContain('connected nvme0')
    expect(await run(`${EXAMPLES}/find.mjs`, a)).toBe('not connected\n')
    expect(await run(`${EXAMPLES}/connect.mjs`, a)).toBe('nvme1 published\n')
    expect(await run(`${EXAMPLES}/connect.mjs`, [`${NQN}b`, '192.0.2.11', host.root])).toBe(
      'already-connected nvme0 stas\n',
    )
    expect(await run(`${EXAMPLES}/find.mjs`, a)).toBe("nvme1 live { state: 'owned', owner: 'example' }\n")
    expect(await command(host, `connect -t tcp -a 192.0.2.12 -n ${NQN}c`)).toContain('connected nvme2')
    expect(await run(`${EXAMPLES}/find.mjs`, c)).toMatch(/^nvme2 live \{ state: 'unowned', reason: '[a-z-]+' \}\n$/)
    expect(await run(`${EXAMPLES}/list.mjs`, [host.root])).toBe(
      `nvme0 tcp live ${NQN}b stas\nnvme1 tcp live ${NQN}a example\nnvme2 tcp live ${NQN}c -\n`,
    )
  })
})

test('the ten lines of registry-core print what its README says', async () => {
  const readme = read('packages/registry-core/README.md')
  const [, code = ''] = /## An orchestrator in ten lines\n\n```js\n([\s\S]*?)```/.exec(readme) ?? []
  const [, printed = ''] = /\$ node example\.mjs \/tmp\/h nvme0 nvme1 nvme9\n([\s\S]*?)```/.exec(readme) ?? []
  const host = await boot()
  await command(host, `connect -t tcp -a 192.0.2.10 -n ${NQN}a`)
  await command(host, `connect -t tcp -a 192.0.2.11 -n ${NQN}b --owner stas`)
  const asFile = ['--input-type=module', '-e', code, 'example.mjs', host.root]
  const said = await run(asFile, ['nvme0', 'nvme1', 'nvme9'])
  expect(said.replace(/ +$/gm, '')).toBe(printed)
  expect(readFileSync(join(host.root, 'run/nvme/registry/nvme0/note'), 'utf8')).toBe('until Friday\n')
})

/** Lines of a program, each waited for. */
class Story {
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  #heard: () => void = () => {}
  text = ''

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.on('data', data => {
      this.text += data
      this.#lines.push(
        ...String(data)
          .split('\n')
          .filter(line => line !== ''),
      )
      this.#heard()
    })
    child.stderr?.on('data', data => (this.text += data))
  }

  /** The next lines. */
  async next(count: number): Promise<string[]> {
    while (this.#lines.length < count) {
      await new Promise<void>((heard, reject) => {
        this.#heard = heard
        this.#child.once('close', () => reject(new Error(`it ended:\n${this.text}`)))
      })
    }
    return this.#lines.splice(0, count)
  }

  end(): Promise<number | null> {
    const ended = new Promise<number | null>(done => this.#child.once('close', done))
    this.#child.kill('SIGTERM')
    return ended
  }
}

test('an orchestrator keeps three controllers connected and leaves the others alone', async () => {
  const host = await boot()
  const config = join(host.root, 'orchestrator.json')
  const target = (name: string, n: number): object => ({ transport: 'tcp', traddr: `192.0.2.1${n}`, nqn: NQN + name })
  const targets = [target('a', 0), target('b', 1), target('c', 2), target('d', 3)]
  writeFileSync(config, JSON.stringify({ owner: 'example', root: host.root, everySeconds: 3600, targets }))
  // b is nobody's and may be claimed; d is somebody else's and stays so.
  await command(host, `connect -t tcp -a 192.0.2.13 -n ${NQN}d --owner stas`)
  await command(host, `connect -t tcp -a 192.0.2.11 -n ${NQN}b`)

  const child = spawn(process.execPath, [join(EXAMPLES, 'orchestrator.mjs'), config], { env: environment })
  onTestFinished(() => void child.kill('SIGKILL'))
  const story = new Story(child)
  expect(await story.next(4)).toEqual([
    `${NQN}a: ours as nvme2`,
    `${NQN}b: ours as nvme1`,
    `${NQN}c: ours as nvme3`,
    `${NQN}d: already connected as nvme0, owned by stas`,
  ])

  // One of its own goes and comes back; its neighbours do not notice.
  expect(await command(host, 'disconnect nvme2')).toContain('disconnected nvme2')
  expect(await story.next(2)).toEqual([`${NQN}a: nvme2 is not ours any more`, `${NQN}a: ours as nvme2`])
  expect(await command(host, 'disconnect-all')).toContain('nothing to disconnect')
  expect(await run(`${EXAMPLES}/list.mjs`, [host.root])).toBe(
    ['nvme0 tcp live d stas', 'nvme1 tcp live b example', 'nvme2 tcp live a example', 'nvme3 tcp live c example', '']
      .join('\n')
      .replace(/live /g, `live ${NQN}`),
  )

  // Somebody else's is not taken when it goes; and nothing goes with the orchestrator.
  expect(await story.end()).toBe(0)
  expect(await command(host, 'list')).toMatch(/^nvme0 .* stas\nnvme1 .* example\nnvme2 .* example\nnvme3 .* example$/m)
})
