import { BuildError } from './run.ts'

/** A machine that the helper is built for, by Debian's name of it. */
export interface Target {
  readonly arch: 'amd64' | 'arm64'
  /** Before the name of each of its tools; empty for this machine's own. */
  readonly prefix: string
}

const TRIPLETS = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const
const NODES: Readonly<Record<string, Target['arch']>> = { x64: 'amd64', arm64: 'arm64' }

/** @param arch `amd64` or `arm64`; undefined: this machine's */
export function targetOf(arch: string | undefined): Target {
  const own = NODES[process.arch]
  const wanted = arch ?? own
  if (wanted !== 'amd64' && wanted !== 'arm64')
    throw new BuildError(`--arch is amd64 or arm64, not ${arch ?? process.arch}`)
  return { arch: wanted, prefix: wanted === own ? '' : `${TRIPLETS[wanted]}-` }
}
