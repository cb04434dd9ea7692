import { type Check, found, ok } from '../check.ts'

const CONTROL = '/run/udev/control'

/** systemd-udevd listens there, and reads rules anew when their directories have changed: nobody has to tell it. */
export const udevd: Check = ({ host }) =>
  host.look(CONTROL) === undefined
    ? found(
        'problem',
        `udevd is not running (no ${CONTROL})`,
        'systemctl start systemd-udevd; in a container, ask its host',
      )
    : ok('udevd is running, and reads new rules by itself')
