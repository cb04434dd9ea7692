#!/usr/bin/env node
import { appendFileSync, constants } from 'node:fs'
import { confineBelow } from '@nvmf/registry-core/confinement'
import { nodeSys } from '@nvmf/registry-core/node'
import { cleanup } from '../cleanup.ts'
import type { LogLine } from '../messages.ts'
import { kmsgPath, kmsgRecord } from '../records.ts'

const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants

/** The same helper for hosts without the native one. Not for udev's RUN: its sandbox kills Node (docs/decisions/0005). */
process.exitCode = cleanup({
  sys: nodeSys(),
  args: process.argv.slice(2),
  seqnum: process.env['SEQNUM'],
  log,
})

function log(root: string, line: LogLine): void {
  process.stderr.write(`nvmf-registry-cleanup: ${line.text}\n`)
  try {
    // Never created: where there is no kernel log (a container), a file of that name would be a lie.
    appendFileSync(confineBelow(root)(kmsgPath(root), 'keep'), kmsgRecord(line), {
      flag: (O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK) as unknown as string,
    })
  } catch {
    // An ordinary user may not write it, or it is not below the root: stderr has the line.
  }
}
