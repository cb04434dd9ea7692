import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkJson } from './schemas.ts'

/** The command as it is shipped. */
export const BUILT = fileURLToPath(new URL('../dist/nvmf.cjs', import.meta.url))

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  /** The exit code, or the signal's name. */
  readonly exit: number | string
}

/** Starts the built command. */
export function start(args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): ReturnType<typeof spawn> {
  if (!existsSync(BUILT)) throw new Error('packages/cli is not built: pnpm --filter nvmf build')
  return spawn(process.execPath, [BUILT, ...args], { stdio: [stdin, 'pipe', 'pipe'] })
}

/** Runs the built command to its end. JSON must be what docs/schemas says. */
export async function nvmf(args: readonly string[]): Promise<Ran> {
  const ran = await ended(start(args))
  checkJson(args, ran)
  return ran
}

export function ended(child: ReturnType<typeof spawn>): Promise<Ran> {
  const out = { stdout: '', stderr: '' }
  child.stdout?.on('data', chunk => (out.stdout += chunk))
  child.stderr?.on('data', chunk => (out.stderr += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ ...out, exit: code ?? signal ?? 'unknown' }))
  })
}

/**
 * Runs command lines one after the other; the transcript has each with its output, what went to standard error marked
 * with `!`, and the exit code. The root is `ROOT`, UUIDs and inode numbers are blanked.
 */
export async function transcript(root: string, lines: readonly (readonly string[])[]): Promise<string> {
  let text = ''
  for (const args of lines) text += await one(root, args)
  return blanked(root, text)
}

/** The same for command lines that change nothing: side by side. */
export async function transcriptOfReaders(root: string, lines: readonly (readonly string[])[]): Promise<string> {
  return blanked(root, (await Promise.all(lines.map(args => one(root, args)))).join(''))
}

async function one(root: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr, exit } = await nvmf(['--root', root, ...args])
  return `$ nvmf ${args.map(quoted).join(' ')}\n${stdout}${stderr.replace(/^(?=.)/gm, '! ')}[${exit}]\n\n`
}

function blanked(root: string, text: string): string {
  return text
    .replaceAll(root, 'ROOT')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/("?incarnation"?[:\s]+"?)[0-9]+/g, '$1INODE')
    .replace(/("?seqnum"?[:\s]+"?)[0-9]+/g, '$1SEQNUM')
}

const quoted = (arg: string): string => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg.replaceAll('\n', '\\n')}'`)
