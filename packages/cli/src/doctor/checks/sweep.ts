import { type Check, found, ok } from '../check.ts'
import { INSTALL, SWEEP } from '../names.ts'
import { chosen } from '../override.ts'

const WANTS = ['/etc', '/run', '/usr/lib'].map(
  directory => `${directory}/systemd/system/multi-user.target.wants/${SWEEP}`,
)

/** The sweep at boot removes what no rule could: across a soft reboot, and between two udevds. */
export const sweep: Check = ({ host }) => {
  const unit = chosen(host, `systemd/system/${SWEEP}`)
  if (unit === undefined) return found('warning', `there is no ${SWEEP}`, INSTALL)
  if (unit.masked) return found('warning', `${SWEEP} is masked`, `systemctl unmask ${SWEEP}`)
  return WANTS.some(path => host.look(path) !== undefined)
    ? ok(`${SWEEP} runs at boot`)
    : found('warning', `${SWEEP} is not enabled`, `systemctl enable ${SWEEP}`)
}
