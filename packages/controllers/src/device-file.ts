/**
 * A kernel file that is a conversation rather than data: `/dev/nvme-fabrics`, `delete_controller`.
 *
 * What matters is that one open handle spans several calls. The kernel ties state to it: the handle that wrote to
 * /dev/nvme-fabrics pins the new controller's number (drivers/nvme/host/fabrics.c keeps the reference in
 * `seq_file->private` until release), and a `delete_controller` handle belongs to the incarnation that it was opened
 * on, so that writing after that incarnation is gone fails with ENODEV instead of hitting its successor.
 *
 * Every method rejects with a Node system error (`code` is the errno's name) and none blocks the event loop: a connect
 * may take the kernel seconds.
 */
export interface DeviceFile {
  /** Writes `text` with one write call; the kernel takes one such write for each open handle of /dev/nvme-fabrics. */
  write(text: string): Promise<void>
  /** One read of at most 4096 bytes from the handle's current position. */
  read(): Promise<string>
  /** Lets go of whatever the handle pins. Idempotent. */
  close(): Promise<void>
}

/** Opens a device file for reading, writing or both. `path` is complete: already below the root. */
export type OpenDevice = (path: string, mode: 'r' | 'w' | 'r+') => Promise<DeviceFile>
