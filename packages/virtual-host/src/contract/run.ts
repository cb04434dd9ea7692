import { contractCases, isRunnable } from './index.ts'
import { realLab } from './real-lab.ts'

/** Runs the contract against this machine's kernel; prints one line a case and a sum. */
async function main(): Promise<void> {
  const lab = realLab()
  let [passed, failed, skipped] = [0, 0, 0]
  for (const each of contractCases) {
    if (!isRunnable(each, lab)) {
      skipped++
      console.log(`skip ${each.name}`)
      continue
    }
    try {
      await each.run(lab)
      passed++
      console.log(`ok ${each.name}`)
    } catch (error) {
      failed++
      console.log(`not ok ${each.name}: ${String((error as Error).message).replaceAll('\n', ' ')}`)
    }
  }
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 ? 1 : 0
}

main().catch(error => {
  console.error(`contract: ${(error as Error).message}`)
  process.exitCode = 2
})
