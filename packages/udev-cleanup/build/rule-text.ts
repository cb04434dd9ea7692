import { BuildError } from './run.ts'

/** What a packager may move, and where it is otherwise. */
export interface RulePaths {
  readonly rundir?: string | undefined
  readonly helper?: string | undefined
}

const DEFAULTS = { rundir: '/run', helper: '/usr/lib/udev/nvmf-registry-cleanup' }

/**
 * Characters that mean nothing to udev, to a shell or to a glob: TEST takes a pattern, RUN is split into words, and both
 * substitute `%` and `$`.
 */
const PLAIN = /^(?:\/[A-Za-z0-9._+-]+)+$/

/** Fills the template of the udev rule. */
export function renderRule(
  template: string,
  { rundir = DEFAULTS.rundir, helper = DEFAULTS.helper }: RulePaths,
): string {
  for (const [option, path] of Object.entries({ rundir, helper })) {
    if (!PLAIN.test(path)) throw new BuildError(`--${option} wants an absolute path of plain characters, not "${path}"`)
  }
  return template.replaceAll('@RUNDIR@', rundir).replaceAll('@HELPER@', helper)
}
