import { type Announced, type Announcement, type Announcements, isRegistryError } from '@nvmf/registry-core'

/** Announcements that cannot be read may be about any controller. */
export const EVERYTHING: Announced = { connecting: [undefined], leaving: [undefined] }

/** Returns the announcements of other processes. @param own the caller's own announcements */
export function othersAnnounced(announcements: Announcements, own: readonly Announcement[]): Announced {
  try {
    return announcements.announced(...own)
  } catch (error) {
    if (isRegistryError(error)) return EVERYTHING
    throw error
  }
}
