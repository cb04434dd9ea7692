import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Archives } from './apt.ts'
import { debSources, privateApt } from './apt.ts'

const PACKAGES = [
  'qemu-system-x86',
  'qemu-system-common',
  'qemu-system-data',
  'seabios',
  'qemu-utils',
  'busybox-static',
]

/**
 * Unpacks QEMU and the libraries that the host lacks below `dir`; the host itself stays as it is.
 *
 * Debian 12's own QEMU is half as fast at this guest as the one in its backports.
 */
export async function unpackEmulator(dir: string, hostSuite: string, archives: Archives): Promise<void> {
  const release = hostSuite === 'bookworm' ? 'bookworm-backports' : hostSuite
  const apt = await privateApt(
    path.join(dir, 'apt'),
    debSources(archives, {
      main: [...new Set([hostSuite, release])],
      security: [`${hostSuite}-security`],
    }),
    '/var/lib/dpkg/status',
  )
  const plan = await apt.get(['-s', '-t', release, '--no-install-recommends', 'install', ...PACKAGES])
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map(match => match[1] ?? '')
  const wanted = [...new Set([...PACKAGES, ...missing])]
  await apt.unpack(
    wanted.map(name => (PACKAGES.includes(name) && name !== 'busybox-static' ? `${name}/${release}` : name)),
    dir,
  )
  for (const unused of ['apt', 'usr/share/doc', 'usr/share/man']) {
    await rm(path.join(dir, unused), { recursive: true, force: true })
  }
}

/** How to start a program of the unpacked QEMU. */
export function emulatorProgram(dir: string, name: string): { file: string; env: NodeJS.ProcessEnv } {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map(place => path.join(dir, place))
  return {
    file: path.join(dir, 'usr/bin', name),
    env: {
      ...process.env,
      LD_LIBRARY_PATH: libraries.join(':'),
      QEMU_MODULE_DIR: path.join(dir, 'usr/lib/x86_64-linux-gnu/qemu'),
    },
  }
}

/** The directories that QEMU takes firmware from. */
export function firmwareDirs(dir: string): string[] {
  return [path.join(dir, 'usr/share/qemu'), path.join(dir, 'usr/share/seabios')]
}
