import { below, errnoOf } from '@nvmf/controllers'
import { isUuid } from './formats.ts'
import type { HostFiles } from './host-identity.ts'

/** The UUID that firmware gave this machine; undefined if there is none, or none for this user (DMI is root's). */
export function machineUuid(files: HostFiles, root: string): string | undefined {
  const text = (path: `/${string}`): string => files.readText(below(root, path))
  return (
    usable(() => text('/sys/class/dmi/id/product_uuid').trim()) ??
    usable(() => smbiosUuid(files.readBytes(below(root, '/sys/firmware/dmi/entries/1-0/raw')))) ??
    // IBM Power: the partition's. The device tree's text ends with a NUL.
    usable(() => text('/proc/device-tree/ibm,partition-uuid').replace(/\0.*$/s, '').trim())
  )
}

/** Not this kind of machine, not for this user, or a board whose maker left the field blank: the next source decides. */
function usable(read: () => string): string | undefined {
  try {
    const uuid = read()
    return isUuid(uuid) && !/^(?:[0-]+|[fF-]+)$/.test(uuid) ? uuid.toLowerCase() : undefined
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}

const [UUID_OFFSET, UUID_BYTES] = [8, 16]

/** The UUID of a type 1 structure ("System Information"): its first three fields have the least byte first (SMBIOS 2.6, 7.2.1). */
function smbiosUuid(structure: Uint8Array): string {
  const bytes = structure.subarray(UUID_OFFSET, UUID_OFFSET + UUID_BYTES)
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  const hex = order.map(index => (bytes[index] ?? 0).toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
