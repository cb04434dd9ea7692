import type { Command } from 'commander'
import type { State } from '../doctor/check.ts'
import { examine } from '../doctor/examine.ts'
import { EXIT } from '../exit-codes.ts'
import { withQuiet } from '../globals.ts'
import { GREEN, painted, RED, YELLOW } from '../output/colour.ts'
import { visible } from '../output/text.ts'
import type { Act } from '../program.ts'

const COLOUR: Readonly<Record<State, number>> = { ok: GREEN, note: YELLOW, warning: YELLOW, problem: RED }
const STATE_WIDTH = 'problem'.length

/** `nvmf doctor`: whether everything is in place that the registry needs on this host, and what to do if not. */
export function addDoctor(parent: Command, act: Act): void {
  const command = parent.command('doctor').description('check that the registry works on this host, and say what to do')
  act(withQuiet(command), context => {
    const { io, root, registry } = context
    const host = io.host(root)
    const report = examine({ host, registry, root })
    const healthy = report.every(({ state }) => state !== 'problem')
    const checks = report.map(({ check, state, message, remedy }) => ({
      check,
      state,
      message,
      remedy: remedy ?? null,
    }))
    const colour = io.terminal()?.colour === true
    const width = Math.max(...checks.map(({ check }) => check.length))
    const lines = checks.map(({ check, state, message, remedy }) => {
      const mark = state.padEnd(STATE_WIDTH)
      const advice = remedy === null ? '' : ` -> ${remedy}`
      return `${colour ? painted(mark, COLOUR[state]) : mark}  ${check.padEnd(width)}  ${visible(message + advice)}`
    })
    context.print({ healthy, checks }, lines)
    // Whoever follows it to the letter would do it here.
    if (!host.here && !context.quiet && checks.some(({ remedy }) => remedy !== null))
      context.note(`what to do is meant for the host in ${root}, not for this one`)
    return healthy ? EXIT.ok : EXIT.unhealthy
  })
}
