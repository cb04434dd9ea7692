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
  if (unit.masked) return found('warning', `${SWEEP} is masked by ${unit.path}`, unmask(unit.path))
  return WANTS.some(path => host.look(path) !== undefined)
    ? ok(`${SWEEP} runs at boot`)
    : found('warning', `${SWEEP} is not enabled`, `systemctl enable ${SWEEP}`)
}

/** systemctl(1) takes back what it made itself: a link in /etc, or with --runtime in /run. */
function unmask(path: string): string {
  if (path.startsWith('/etc/')) return `systemctl unmask ${SWEEP}`
  return path.startsWith('/run/') ? `systemctl unmask --runtime ${SWEEP}` : `rm ${path}`
}
