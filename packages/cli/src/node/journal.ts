import { existsSync } from 'node:fs'
import { below, hostTree } from '@nvmf/controllers'
import { HELPER } from '../doctor/names.ts'
import type { Journal, JournalRecord } from '../io.ts'
import { type Relay, startRelay } from './journal-relay.ts'
import { recordLines, toKernelLog, toldBy } from './journal-ways.ts'

/** What of a machine has to do with its journal. */
export interface JournalPlaces {
  /** journald's socket takes datagrams, which Node cannot send. */
  readonly journald: string
  /** nvmf-registry's helper can, as many as it is given. */
  readonly helper: string
  /** util-linux's too, one each time that it is started: for who has the command from npm. */
  readonly logger: string
  readonly kernelLog: `/${string}`
}

const MACHINE: JournalPlaces = {
  journald: '/run/systemd/journal/socket',
  helper: HELPER,
  logger: '/usr/bin/logger',
  kernelLog: '/dev/kmsg',
}

/** So many records may cost a logger each. The lines of others go to the kernel's log. */
const FEW = 8

/**
 * The journal of the host whose file system begins at `root`. Why a record takes which way:
 * docs/decisions/0006-records-in-the-journal.md.
 */
export function openJournal(root: string, { journald, helper, logger, kernelLog } = MACHINE): Journal {
  // A virtual host has no journald; the machine's own is not its journal.
  const hasJournald = below(root, '/') === '/' && existsSync(journald)
  let helps = hasJournald && existsSync(helper)
  let logs = hasJournald ? FEW : 0
  let isFirst = true
  let relay: Relay | undefined

  /** True: the helper has it. The first it is started for and waited for, and of most runs that is all; then it stays. */
  const toHelper = (record: JournalRecord): boolean => {
    if (isFirst) {
      isFirst = false
      return toldBy(helper, '--journal', `${recordLines(record)}\n`)
    }
    relay ??= startRelay(helper)
    return relay?.add(record) ?? false
  }
  const otherwise = (record: JournalRecord): void => {
    if (logs-- > 0) {
      if (toldBy(logger, '--journald', recordLines(record))) return
      logs = 0
    }
    toKernelLog(() => hostTree(root).at(below(root, kernelLog), 'keep'), record.text)
  }
  return {
    add: record => {
      helps &&= toHelper(record)
      if (!helps) otherwise(record)
    },
    close: async () => {
      for (const record of (await relay?.close()) ?? []) otherwise(record)
    },
  }
}
