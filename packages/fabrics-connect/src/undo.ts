import { openDeleteController } from '@nvmf/controllers'
import type { ConnectPorts } from './connect.ts'
import { FabricsError } from './errors.ts'
import type { Reply } from './kernel-dialogue.ts'
import type { Recorded } from './record.ts'

/** With `requireOwner`: a controller that is not recorded for its owner does not stay. */
export async function insist(reply: Reply, ownership: Recorded, ports: ConnectPorts): Promise<void> {
  const { device } = reply
  if (ownership.outcome === 'owned') {
    // Somebody else's by now: taking it down would be what the registry exists to prevent.
    throw new FabricsError('owned', `${device} was claimed by ${ownership.owner} first`, {
      device,
      owner: ownership.owner,
      stillConnected: true,
    })
  }
  if (ownership.outcome !== 'failed') return
  const { error } = ownership
  throw await undo(reply, ports, 'not-recorded', `its owner cannot be recorded (${error.message})`, error)
}

/** Takes the new controller down, its number still pinned, and gives the error that says so. */
export async function undo(
  { device }: Reply,
  { openDevice, root }: Pick<ConnectPorts, 'openDevice' | 'root'>,
  code: 'not-recorded' | 'interrupted' | 'deadline',
  why: string,
  cause?: unknown,
): Promise<FabricsError> {
  try {
    const handle = await openDeleteController(openDevice, root, device)
    await handle.delete().finally(handle.close)
  } catch (error) {
    const message = `${device}: ${why}; it could not be taken down again and is still connected`
    return new FabricsError(code, message, { device, stillConnected: true, cause: cause ?? error })
  }
  return new FabricsError(code, `${device}: ${why}; the connection was taken down again`, { device, cause })
}
