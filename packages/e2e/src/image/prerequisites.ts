import { readFile, statfs } from 'node:fs/promises'
import { CommandError, exec } from '../exec.ts'

/** Something that the host must offer and does not; the message is one line that says what. */
export class PrerequisiteError extends Error {
  override readonly name = 'PrerequisiteError'
}

/** Host commands that building an image runs, by the Debian package that brings them. */
const HOST_PACKAGES = ['mmdebstrap', 'e2fsprogs', 'kmod', 'xz-utils', 'util-linux', 'debian-archive-keyring']

const NEEDED_BYTES = 3 * 1024 ** 3

/**
 * Checks the host and installs the missing packages from its own apt sources.
 *
 * @returns the host's Debian suite, such as `bookworm`
 */
export async function checkHost(cacheDir: string, log: (line: string) => void): Promise<string> {
  if (process.getuid?.() !== 0) throw new PrerequisiteError('building a guest image needs root')
  if (process.arch !== 'x64') throw new PrerequisiteError(`the guest is built for x64, this host is ${process.arch}`)
  const suite = await debianSuite()
  const { bavail, bsize } = await statfs(cacheDir)
  if (bavail * bsize < NEEDED_BYTES) {
    throw new PrerequisiteError(`${cacheDir} has less than 3 GB of free disk space`)
  }
  await installMissing(log)
  return suite
}

async function debianSuite(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const release = new Map(
    text.split('\n').map(line => {
      const [key = '', value = ''] = line.split(/=(.*)/)
      return [key, value.replaceAll('"', '')]
    }),
  )
  const suite = release.get('VERSION_CODENAME')
  if (release.get('ID') !== 'debian' || suite === undefined) {
    throw new PrerequisiteError(`the host must be Debian, this is ${release.get('PRETTY_NAME') ?? process.platform}`)
  }
  return suite
}

async function installMissing(log: (line: string) => void): Promise<void> {
  // dpkg-query exits 1 when it does not know one of the packages, and still lists the others.
  const known = await exec('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\n', ...HOST_PACKAGES]).catch(
    (error: unknown) => {
      if (error instanceof CommandError) return error.output
      throw error
    },
  )
  const missing = HOST_PACKAGES.filter(name => !known.includes(`${name} installed\n`))
  if (missing.length === 0) return
  log(`installing ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await exec('apt-get', ['update'], { env })
    await exec('apt-get', ['install', '-y', '--no-install-recommends', ...missing], { env })
  } catch (error) {
    throw new PrerequisiteError(`cannot install ${missing.join(' ')}: run apt-get install to see why`, { cause: error })
  }
}
