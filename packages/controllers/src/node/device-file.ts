import { constants, promises as fs } from 'node:fs'
import type { DeviceFile, OpenDevice } from '../device-file.ts'
import { openSimulatedDevice } from './simulated-device.ts'

const FLAGS = { r: constants.O_RDONLY, w: constants.O_WRONLY, 'r+': constants.O_RDWR }
const READ_BYTES = 4096

/**
 * {@link OpenDevice} for Node: the calls run on libuv's thread pool. A socket at the path is a simulated kernel
 * (a virtual host), spoken to in its own few words.
 */
export const openDevice: OpenDevice = async (path, mode) => {
  const found = await fs.stat(path)
  if (found.isSocket()) return openSimulatedDevice(path, mode)
  const handle = await fs.open(path, FLAGS[mode])
  let closed: Promise<void> | undefined
  return {
    async write(text) {
      const bytes = Buffer.from(text)
      const { bytesWritten } = await handle.write(bytes)
      if (bytesWritten !== bytes.length) throw new Error(`short write to ${path}: ${bytesWritten} of ${bytes.length} bytes`)
    },
    async read() {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES)
      return buffer.toString('utf8', 0, bytesRead)
    },
    close: () => (closed ??= handle.close()),
  } satisfies DeviceFile
}
