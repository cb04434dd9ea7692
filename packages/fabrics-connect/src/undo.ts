import { FabricsError } from './errors.ts'
import { reasonText } from './left.ts'
import { type Made, type Ports, takeDown } from './take-down.ts'

/**
 * Takes a new controller down again if that may be ({@link takeDown}), and gives the error that says whether it stays.
 *
 * @param why what the error is about: `interrupted`
 */
export async function undo(
  made: Made,
  owner: string | undefined,
  ports: Ports,
  code: 'not-recorded' | 'interrupted' | 'deadline',
  why: string,
  cause?: unknown,
): Promise<FabricsError> {
  const { device } = made
  const result = await takeDown(made, owner, ports)
  switch (result.outcome) {
    case 'taken-down':
      return new FabricsError(code, `${device}: ${why}; the connection was taken down again`, { device, cause })
    case 'gone':
      return new FabricsError('gone', `${device}: ${why}; it is gone, or another process takes it down`, {
        device,
        cause,
      })
    case 'left': {
      const { left } = result
      const message = `${device}: ${why}; it stays connected: ${reasonText(left)}`
      return new FabricsError(code, message, { device, owner: left.owner, left, stillConnected: true, cause })
    }
    case 'failed': {
      const message = `${device}: ${why}; it could not be taken down again and is still connected`
      return new FabricsError(code, message, { device, stillConnected: true, cause: cause ?? result.error })
    }
  }
}
