import { SURVIVORS } from './survivors.mjs'

/** Reports which survivors survivors.mjs explains and which it does not, and what it explains that is killed by now. */
class Explained {
  onMutationTestReportReady(report) {
    const met = new Set()
    const unexplained = []
    for (const [file, { source, mutants }] of Object.entries(report.files)) {
      const lines = source.split('\n')
      for (const mutant of mutants) {
        if (mutant.status !== 'Survived' && mutant.status !== 'NoCoverage') continue
        const line = lines[mutant.location.start.line - 1].trim()
        const why = SURVIVORS.find(
          each =>
            each.file === file &&
            line.startsWith(each.line) &&
            (each.becomes === undefined || each.becomes.includes(mutant.replacement)),
        )
        if (why === undefined)
          unexplained.push(`${file}:${mutant.location.start.line} ${line}\n    -> ${mutant.replacement}`)
        else met.add(why)
      }
    }
    const stale = SURVIVORS.filter(each => each.file in report.files && !met.has(each))
    say(`survivors: ${met.size} explanations hold, ${unexplained.length} mutants are not explained`)
    for (const each of unexplained) say(`not explained: ${each}`)
    for (const { file, line } of stale) say(`explained, but killed: ${file}: ${line}`)
    if (unexplained.length + stale.length > 0) process.exitCode = 1
  }
}

const say = text => process.stdout.write(`${text}\n`)

export const strykerPlugins = [{ kind: 'Reporter', name: 'explained', injectableClass: Explained }]
