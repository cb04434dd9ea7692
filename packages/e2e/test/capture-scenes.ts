/*
 * Captures the sysfs trees that the tests of the inventory read, from a guest:
 *
 *   node --conditions=@nvmf/source packages/e2e/test/capture-scenes.ts
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareImage, withGuest } from '@nvmf/e2e'
import { FIXTURES, play, prepareScenes, SCENES } from './scenes.ts'

const image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
await withGuest(image, async guest => {
  await prepareScenes(guest)
  const kernel = (await guest.sh('uname -r')).trim()
  for (const [scene, about] of Object.entries(SCENES)) {
    const { tree } = await play(guest, scene)
    writeFileSync(join(FIXTURES, `${scene}.txt`), `# Captured by packages/e2e, Linux ${kernel}:\n# ${about}.\n${tree}`)
    process.stdout.write(`${scene}\n`)
  }
})
