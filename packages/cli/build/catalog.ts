import { EVENTS } from '../src/journal/events.ts'

/** systemd/nvmf-cli.catalog: what `journalctl -x` says to each of the command's records. */
export function catalog(): string {
  const entries = Object.values(EVENTS).map(
    ({ id, subject, explanation }) =>
      `-- ${id}\nSubject: ${subject}\nDefined-By: nvmf\nDocumentation: man:nvmf(8)\n\n${explanation}\n`,
  )
  return `# What nvmf tells the journal: journalctl -x -t nvmf. Made from packages/cli/src/journal/events.ts.\n\n${entries.join('\n')}`
}
