import { rmSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const PREFIX = 'nvmf-e2e-'
const mine = new Set<string>()
let prepared: Promise<void> | undefined

/** A temporary directory that goes with {@link removeScratch}, or with this process. */
export async function makeScratch(): Promise<string> {
  prepared ??= prepare()
  await prepared
  const dir = await mkdtemp(path.join(tmpdir(), `${PREFIX}${process.pid}-`))
  mine.add(dir)
  return dir
}

/** Removes a directory that {@link makeScratch} made. */
export async function removeScratch(dir: string): Promise<void> {
  mine.delete(dir)
  await rm(dir, { recursive: true, force: true })
}

/** Once per process: arranges for the end of this one, and tidies up after those that were killed. */
async function prepare(): Promise<void> {
  process.once('exit', () => {
    for (const dir of mine) rmSync(dir, { recursive: true, force: true })
  })
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN
    if (pid > 0 && !isRunning(pid)) await rm(path.join(tmpdir(), name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
