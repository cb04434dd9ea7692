import { parseArgs } from 'node:util'
import type { Accelerator, Guest, Suite } from './index.ts'
import { PrerequisiteError, prepareImage, startGuest } from './index.ts'

const USAGE = `node packages/e2e/src/main.ts prepare            build the guest unless it is there
node packages/e2e/src/main.ts run 'SCRIPT'       restore a guest, run a script in it, print what it says
node packages/e2e/src/main.ts shell              restore a guest and talk to a shell in it
  --suite trixie|bookworm  --accel tcg|kvm
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { suite: { type: 'string', default: 'trixie' }, accel: { type: 'string', default: 'tcg' } },
})

async function main(): Promise<number> {
  const [command, script] = positionals
  const known = command === 'prepare' || command === 'shell' || (command === 'run' && script !== undefined)
  if (!known || !['trixie', 'bookworm'].includes(values.suite) || !['tcg', 'kvm'].includes(values.accel)) {
    process.stderr.write(USAGE)
    return 2
  }
  const image = await prepareImage({
    suite: values.suite as Suite,
    accelerator: values.accel as Accelerator,
    log: line => process.stderr.write(`${line}\n`),
  })
  if (command === 'prepare') {
    process.stdout.write(`${image.dir}\n`)
    return 0
  }
  const guest = await startGuest(image)
  try {
    if (command === 'shell') return await shell(guest)
    const { code, stdout, stderr } = await guest.run(script ?? '', { timeoutMs: 600_000 })
    process.stdout.write(stdout)
    process.stderr.write(stderr)
    return code
  } finally {
    await guest.stop()
  }
}

/** Joins this terminal to a login shell on the guest's serial console until that shell ends. */
async function shell(guest: Guest): Promise<number> {
  const { rows = 24, columns = 80 } = process.stdout
  const serial = guest.openConsole()
  serial.pipe(process.stdout)
  process.stdin.setRawMode?.(true)
  // The prompt says that the shell reads: the serial port drops what comes earlier.
  serial.once('data', () => process.stdin.pipe(serial, { end: false }))
  const size = `stty sane rows ${rows} cols ${columns}`
  const { code } = await guest.run(`setsid --wait --ctty sh -c '${size}; exec bash -l' </dev/ttyS0 >/dev/ttyS0 2>&1`, {
    timeoutMs: 24 * 3600 * 1000,
    env: { TERM: process.env.TERM ?? 'vt100' },
  })
  process.stdin.setRawMode?.(false)
  process.stdin.destroy()
  return code
}

// process.exit, not exitCode: it runs the exit handlers that take QEMU and its files away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof PrerequisiteError)) throw error
  process.stderr.write(`nvmf-e2e: ${error.message}\n`)
  process.exitCode = 1
}
