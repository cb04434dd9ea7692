/** Where a controller is reached. Parts that do not apply are left out. */
export interface Address {
  /** sysfs' own text: `traddr=192.0.2.1,trsvcid=4420,src_addr=192.0.2.9`, or `0000:01:00.0`; empty for loop. */
  readonly text: string
  /** Target address: an IP address, or `nn-0x…:pn-0x…` for fc. */
  readonly traddr?: string
  /** Target port. */
  readonly trsvcid?: string
  readonly hostTraddr?: string
  readonly hostIface?: string
  /** The address that the connection really uses; tcp, since Linux 6.1. */
  readonly srcAddr?: string
  /** PCIe: bus, device and function, `0000:01:00.0`. */
  readonly bdf?: string
}

const FIELDS: Readonly<Record<string, 'traddr' | 'trsvcid' | 'hostTraddr' | 'hostIface' | 'srcAddr'>> = {
  traddr: 'traddr',
  trsvcid: 'trsvcid',
  host_traddr: 'hostTraddr',
  host_iface: 'hostIface',
  src_addr: 'srcAddr',
}
/** How the kernel and its tools spell "not set" (loop prints a null pointer). */
const UNSET = ['', 'none', '(null)']
const BDF = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i

/**
 * Reads the sysfs attribute `address` (nvmf_get_address() in drivers/nvme/host/fabrics.c, nvme_pci_get_address() in
 * pci.c). What it does not know it skips, so a newer kernel's extra part does no harm; of two equal keys the first counts.
 */
export function parseAddress(raw: string): Address {
  const text = raw.trim()
  if (BDF.test(text)) return { text, bdf: text }
  const parts: { -readonly [K in keyof Address]: Address[K] } = { text }
  for (const part of text.split(',')) {
    const equals = part.indexOf('=')
    const key = part.slice(0, Math.max(equals, 0)).trim()
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined
    const value = part.slice(equals + 1).trim()
    if (field !== undefined && parts[field] === undefined && !UNSET.includes(value)) parts[field] = value
  }
  return parts
}
