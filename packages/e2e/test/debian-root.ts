import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { prepareUserland, type Suite } from '@nvmf/e2e'

export interface Result {
  code: number | null
  stdout: string
  stderr: string
}

/** What a script sees of the host. */
export interface Sight {
  sysfs?: boolean
  /** A host folder in place of /run/nvme, as a container has it. */
  nvme?: string
}

/** A Debian root to install packages in: as an image build or a container is, neither systemd nor udevd runs in it. */
export interface DebianRoot {
  dir: string
  /** Runs a script in it; /proc is there, more only when asked for. */
  run(script: string, options?: Sight): Result
  /** The same, and it must succeed; returns stdout. */
  sh(script: string, options?: Sight): string
  /** Copies host files into its /root. */
  put(files: readonly string[]): void
  /** Every path in it with type, mode and link, but for what dpkg, apt and log files keep on purpose. */
  inventory(): string[]
  remove(): void
}

const KEPT = ['proc', 'sys', 'dev', 'root', 'tmp', 'var/lib/dpkg', 'var/lib/apt', 'var/lib/rpm', 'var/cache', 'var/log']

/** Unpacks a root of its own, in three seconds once the archive has been asked. */
export async function debianRoot(suite: Suite): Promise<DebianRoot> {
  const tar = await prepareUserland(suite, line => process.stderr.write(`${line}\n`))
  const dir = mkdtempSync(join(tmpdir(), `nvmf-root-${suite}-`))
  execFileSync('tar', ['--extract', '--numeric-owner', '--file', tar, '-C', dir])
  // apt must not ask an archive: everything that our packages need is there.
  rmSync(join(dir, 'etc/apt/sources.list.d'), { recursive: true, force: true })
  writeFileSync(join(dir, 'etc/apt/sources.list'), '')

  const run = (script: string, { sysfs = false, nvme }: Sight = {}): Result => {
    const shared = nvme === undefined ? '' : `mkdir -p "$1/run/nvme"; mount --bind '${nvme}' "$1/run/nvme";`
    const mounts = `mount -t proc proc "$1/proc"; mount -t devpts devpts "$1/dev/pts"; ${sysfs ? 'mount --rbind /sys "$1/sys";' : ''}${shared}`
    const inside = `set -e; ${mounts} exec chroot "$1" /usr/bin/env -i PATH="$PATH" DEBIAN_FRONTEND=noninteractive sh -c "$2"`
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', inside, 'sh', dir, script]
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
    const { status, stdout, stderr, error } = spawnSync('unshare', args, { encoding: 'utf8', env })
    if (error !== undefined) throw error
    return { code: status, stdout, stderr }
  }
  return {
    dir,
    run,
    sh(script, options) {
      const { code, stdout, stderr } = run(script, options)
      if (code !== 0)
        throw new Error(`exit ${code} in ${suite}\n--- script\n${script}\n--- out\n${stdout}\n--- err\n${stderr}`)
      return stdout
    },
    put(files) {
      for (const file of files) copyFileSync(file, join(dir, 'root', basename(file)))
    },
    inventory() {
      const pruned = KEPT.flatMap(path => ['-path', `./${path}`, '-o']).slice(0, -1)
      const args = ['.', '(', ...pruned, ')', '-prune', '-o', '-printf', '%p %M %l\n']
      return execFileSync('find', args, { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 28 })
        .split('\n')
        .toSorted()
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Makes what the build before this one would have been: the same packages with a lower version. */
export function previousBuild(debs: readonly string[], out: string): string[] {
  return debs.map(deb => {
    const tree = mkdtempSync(join(out, 'previous-'))
    const file = join(out, basename(deb).replace(/_[^_]+_/, '_0.0.0~0-1_'))
    execFileSync('dpkg-deb', ['-R', deb, tree])
    execFileSync('sed', [
      '-i',
      '-E',
      's/^Version: .*/Version: 0.0.0~0-1/; s/(nvmf-registry \\(=) [^)]+/\\1 0.0.0~0-1/',
      `${tree}/DEBIAN/control`,
    ])
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', tree, file])
    return file
  })
}
