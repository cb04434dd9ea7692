import { writeSync } from 'node:fs'
import { Announcements } from '../src/index.ts'

/**
 * Announces a connect and stays: `child-announcing.ts ROOT OWNER [fifo]`. Says "announced" when that is done; with a FIFO, one
 * of its threads is then in an open(2) of it, which does not return.
 */
const [root = '/', owner = 'stas', fifo] = process.argv.slice(2)
await new Announcements({ root }).connecting({ owner })
if (fifo !== undefined) void import('node:fs/promises').then(({ open }) => open(fifo, 'w'))
writeSync(1, 'announced\n')
setInterval(() => {}, 1 << 30)
