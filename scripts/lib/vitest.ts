import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './steps.ts'

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numFailedTestSuites: number
  testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[]
}

/** Runs projects of the test suite and prints the closing line that CI reads; the exit code says the same. */
export function runTests(projects: readonly string[], more: readonly string[]): never {
  const work = mkdtempSync(join(tmpdir(), 'nvmf-tests-'))
  const file = join(work, 'report.json')
  const args = [
    'run',
    ...projects.flatMap(name => ['--project', name]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]
  const { status } = spawnSync('vitest', [...args, ...more], { cwd: ROOT, stdio: 'inherit' })
  const report = readReport(file)
  rmSync(work, { recursive: true, force: true })
  const { numPassedTests: passed, numFailedTests, numPendingTests: skipped, numFailedTestSuites } = report
  // A file that cannot be loaded has no tests to count, and is a failure all the same.
  const failed = Math.max(numFailedTests, numFailedTestSuites > 0 || status !== 0 ? 1 : 0)
  for (const { name, assertionResults } of report.testResults) {
    for (const test of assertionResults)
      if (test.status === 'pending') process.stdout.write(`skipped: ${name}: ${test.fullName}\n`)
  }
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch (error) {
    process.stdout.write(`no report of the tests: ${String(error)}\n`)
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numFailedTestSuites: 1, testResults: [] }
  }
}
