// Runs one of this workspace's tasks on a machine that has Node >= 20 and npm and nothing else:
// fetches pnpm, installs the locked dependencies (Node 24 among them, first on the tasks' PATH), then runs the task.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const tasks = {
  demo: ['node scripts/demo.ts'],
  verify: ['node scripts/verify.ts'],
  'verify:host': ['node scripts/verify-host.ts'],
  bench: ['node scripts/bench.ts'],
  'release:version': ['changeset version'],
  'release:ready': ['node scripts/release/ready.ts'],
  'release:build': ['node scripts/release/build.ts'],
}

function pnpm(args, quiet) {
  const done = spawnSync('npx', ['-y', packageManager, ...args], {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: '--conditions=@nvmf/source',
      NPM_CONFIG_LOGLEVEL: 'error',
      TURBO_TELEMETRY_DISABLED: '1',
    },
  })
  if (done.error) throw done.error
  if (done.status !== 0 && quiet) process.stderr.write(`${done.stdout}${done.stderr}`)
  return done.status ?? 1
}

const name = process.argv[2]
if (!(name in tasks)) {
  process.stderr.write(`task: no task "${name}"; one of: ${Object.keys(tasks).join(', ')}\n`)
  process.exit(2)
}
let status = pnpm(['install', '--frozen-lockfile'], true)
for (const command of tasks[name]) {
  if (status === 0) status = pnpm(['exec', ...command.split(' '), ...process.argv.slice(3)], false)
}
process.exit(status)
