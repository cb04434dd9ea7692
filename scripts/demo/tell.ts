import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../lib/steps.ts'

const CLI = join(ROOT, 'packages/cli/dist/nvmf.cjs')

/** A line of the story. */
export function say(...lines: string[]): void {
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

const show = (text: Buffer): boolean => process.stdout.write(text.toString().replaceAll(/^(?=.)/gm, '   '))

/**
 * Runs the built command on the virtual host and shows what a terminal would; the root is left out of what is shown. The
 * story must come true: another exit code ends it.
 */
export function shell(root: string, line: string, expected = 0): Promise<void> {
  process.stdout.write(`   $ nvmf ${line}\n`)
  return new Promise((resolve, reject) => {
    // Not spawnSync: the virtual host's kernel answers from this very process.
    const child = spawn(process.execPath, [CLI, '--root', root, ...line.split(' ')], {
      env: { PATH: process.env['PATH'] },
    })
    child.stdout.on('data', show)
    child.stderr.on('data', show)
    child.once('error', reject)
    child.once('close', code => {
      if (code !== 0) process.stdout.write(`   [exit code ${code}]\n`)
      if (code === expected) resolve()
      else reject(new Error(`nvmf ${line}: exit code ${code}, not ${expected}`))
    })
  })
}
