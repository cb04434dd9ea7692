import { accessSync, chmodSync, constants, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { VirtualHostError } from '../errors.ts'
import { rememberInstalled } from '../tree/boot.ts'

/** A program that is installed below the root. */
export interface InstalledProgram {
  guest: string
  host: string
  kind: 'native helper' | 'node twin'
}

/** A program that was found fit to be installed. */
export interface PreparedProgram {
  program: InstalledProgram
  /** The text of the wrapper that runs a script; a native executable has none. */
  wrapper: string | undefined
}

/** Checks a program of the real machine; nothing is written yet. */
export function prepareProgram(guest: string, host: string): PreparedProgram {
  if (!isAbsolute(guest)) throw new VirtualHostError('bad-program', `not an absolute path on the host: ${guest}`)
  const source = resolve(host)
  const script = /\.[cm]?[jt]s$/.test(source)
  const missing = cannot(source, script ? constants.R_OK : constants.X_OK)
  if (missing !== undefined) throw new VirtualHostError('bad-program', `cannot run ${source}: ${missing}`)
  return {
    program: { guest, host: source, kind: script ? 'node twin' : 'native helper' },
    wrapper: script ? wrapperFor(source) : undefined,
  }
}

/**
 * Puts it where the rules look for it: an executable as a symbolic link, a script behind a wrapper that runs it with
 * this very node, since udev gives a program no PATH to find one.
 */
export function installProgram(root: string, { program, wrapper }: PreparedProgram): InstalledProgram {
  const path = join(root, program.guest)
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
  rememberInstalled(root, program.guest)
  if (wrapper === undefined) {
    symlinkSync(program.host, path)
  } else {
    writeFileSync(path, wrapper)
    chmodSync(path, 0o755)
  }
  return program
}

function wrapperFor(script: string): string {
  const typescript = /\.[cm]?ts$/.test(script)
  if (typescript && !(process.features as { typescript?: unknown }).typescript) {
    throw new VirtualHostError('bad-program', `node ${process.version} cannot run ${script}: it strips no types`)
  }
  const conditions = typescript ? `NODE_OPTIONS='--conditions=@nvmf/source' ` : ''
  return `#!/bin/sh\nunset PWD OLDPWD SHLVL\n${conditions}exec ${quote(process.execPath)} ${quote(script)} "$@"\n`
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

function cannot(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
