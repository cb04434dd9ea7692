import { constants, promises as fs } from 'node:fs'
import type { DeviceFile, OpenDevice } from '../device-file.ts'

const FLAGS = { r: constants.O_RDONLY, w: constants.O_WRONLY, 'r+': constants.O_RDWR }
const READ_BYTES = 4096

/** Errors of a TLS connect that libuv has no name for (asm-generic/errno.h, the same on every architecture we ship for). */
const UNNAMED: Readonly<Record<number, string>> = {
  126: 'ENOKEY',
  127: 'EKEYEXPIRED',
  128: 'EKEYREVOKED',
  129: 'EKEYREJECTED',
}

/**
 * {@link OpenDevice} for Node: the calls run on libuv's thread pool. A socket at the path is a simulated kernel
 * (a virtual host), spoken to in its own few words.
 */
export const openDevice: OpenDevice = async (path, mode) => {
  const found = await fs.stat(path)
  if (found.isSocket()) {
    // Only virtual hosts need it, and node:net takes a real host's start-up some milliseconds.
    const { openSimulatedDevice } = await import('./simulated-device.ts')
    return openSimulatedDevice(path, mode)
  }
  const handle = await fs.open(path, FLAGS[mode])
  let closed: Promise<void> | undefined
  return {
    async write(text) {
      const bytes = Buffer.from(text)
      const { bytesWritten } = await handle.write(bytes).catch(nameErrno)
      if (bytesWritten !== bytes.length)
        throw new Error(`short write to ${path}: ${bytesWritten} of ${bytes.length} bytes`)
    },
    async read() {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES)
      return buffer.toString('utf8', 0, bytesRead)
    },
    close: () => (closed ??= handle.close()),
  } satisfies DeviceFile
}

function nameErrno(error: unknown): never {
  const { errno } = error as { errno?: unknown }
  const code = typeof errno === 'number' ? UNNAMED[-errno] : undefined
  throw code === undefined ? error : Object.assign(error as Error, { code })
}
