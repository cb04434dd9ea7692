import type { RegistryReader } from '@nvmf/registry-core'
import type { Host } from './host.ts'

/**
 * - `ok`
 * - `note`: works, and could be better
 * - `warning`: works now, and will not always
 * - `problem`: the registry does not work as it should; the exit code says so
 */
export type State = 'ok' | 'note' | 'warning' | 'problem'

export interface Finding {
  readonly state: State
  /** One line: what is so. */
  readonly message: string
  /** One line: what to do. */
  readonly remedy?: string
}

/** The announcements of this host's processes. */
export interface AnnouncementFacts {
  /** Left-overs of processes that have ended, by name. */
  readonly leftovers: readonly string[]
  /** There is one of a process that lives, and it is not understood. */
  readonly unreadable: boolean
}

/** What a check may use. */
export interface Patient {
  readonly host: Host
  readonly registry: RegistryReader
  /** Where the host's file system begins. */
  readonly root: string
  /** An error: it cannot be told. */
  readonly announcements: AnnouncementFacts | Error
}

/** Looks at one thing. What it throws is a problem too: {@link examine}. */
export type Check = (patient: Patient) => Finding

export const ok = (message: string): Finding => ({ state: 'ok', message })
export const found = (state: Exclude<State, 'ok'>, message: string, remedy: string): Finding => ({
  state,
  message,
  remedy,
})
