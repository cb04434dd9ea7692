import type { Command } from 'commander'
import { announcementFacts } from '../doctor/checks/announcements.ts'
import { examine } from '../doctor/examine.ts'
import { linesOf } from '../doctor/lines.ts'
import { EXIT } from '../exit-codes.ts'
import { withQuiet } from '../globals.ts'
import type { Act } from '../program.ts'

/** `nvmf doctor`: whether everything is in place that the registry needs on this host, and what to do if not. */
export function addDoctor(parent: Command, act: Act): void {
  const command = parent.command('doctor').description('check that the registry works on this host, and say what to do')
  act(withQuiet(command), async context => {
    const { io, root, registry } = context
    const host = io.host(root)
    const report = examine({ host, registry, root, announcements: await announcementFacts(root) })
    const healthy = report.every(({ state }) => state !== 'problem')
    const checks = report.map(finding => ({ ...finding, remedy: finding.remedy ?? null }))
    context.print({ healthy, checks }, linesOf(report, io.terminal()))
    // Whoever follows it to the letter would do it here.
    if (!host.here && !context.quiet && checks.some(({ remedy }) => remedy !== null))
      context.note(`what to do is meant for the host in ${root}, not for this one`)
    return healthy ? EXIT.ok : EXIT.unhealthy
  })
}
