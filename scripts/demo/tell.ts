import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { folded } from '../../packages/cli/src/output/fold.ts'
import { ROOT } from '../lib/steps.ts'

const CLI = join(ROOT, 'packages/cli/dist/nvmf.cjs')
const INDENT = '    '

/** A line of the story. */
export function say(...lines: string[]): void {
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

/** A line of the journal; a terminal that is too narrow gets it in several. */
export function tell(text: string): void {
  const columns = process.stdout.columns ?? Number.POSITIVE_INFINITY
  process.stdout.write(`${folded(text, columns - INDENT.length).join(`\n${INDENT}`)}\n`)
}

/**
 * Runs the built command on the virtual host, on the terminal that this runs on, so that it is seen as it is; the root is
 * left out of the line that is shown. The story must come true: another exit code ends it.
 */
export function shell(root: string, line: string, expected = 0): Promise<void> {
  process.stdout.write(`$ nvmf ${line}\n`)
  return new Promise((resolve, reject) => {
    // Not spawnSync: the virtual host's kernel answers from this very process.
    const child = spawn(process.execPath, [CLI, '--root', root, ...line.split(' ')], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.once('error', reject)
    child.once('close', code => {
      if (code !== 0) process.stdout.write(`[exit code ${code}]\n`)
      if (code === expected) resolve()
      else reject(new Error(`nvmf ${line}: exit code ${code}, not ${expected}`))
    })
  })
}
