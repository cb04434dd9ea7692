import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll } from 'vitest'

const PACKAGE = resolve(import.meta.dirname, '..')
const NATIVE = join(PACKAGE, 'dist/nvmf-registry-cleanup')
const ARM64 = join(PACKAGE, 'dist/arm64/nvmf-registry-cleanup')
const QEMU = '/usr/bin/qemu-aarch64-static'

export type Command = readonly [program: string, ...before: string[]]

/** The native helper for each machine, with ELF's number of the machine. */
export const BUILDS: readonly (readonly [name: string, command: Command, machine: number])[] = [
  ['for this machine', [NATIVE], 62],
  ['for arm64, through qemu', [QEMU, ARM64], 183],
]

/** The helper in Node, from its sources. */
export const NODE: Command = [process.execPath, '--conditions=@nvmf/source', join(PACKAGE, 'src/node/main.ts')]

/** Says what is missing, before the tests of this file. */
export function needBuilds(): void {
  beforeAll(() => {
    for (const [file, how] of [
      [NATIVE, 'node packages/udev-cleanup/build/native.ts'],
      [ARM64, 'node packages/udev-cleanup/build/native.ts --arch arm64'],
      [QEMU, 'apt-get install qemu-user-static'],
    ] as const)
      if (!existsSync(file)) throw new Error(`${file} is missing: ${how}`)
  })
}
