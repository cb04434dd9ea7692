/** Controllers that stay all the time, and are released and deleted only when everything else stands still. */
const KEPT = ['nvme0', 'nvme1']
/** One that stays, and changes hands in every way. */
const SHARED = ['nvme2']
/** Those that come and go. */
export const COMING_AND_GOING: readonly string[] = ['nvme3', 'nvme4', 'nvme5', 'nvme6']

export const DEVICES: readonly string[] = [...KEPT, ...SHARED, ...COMING_AND_GOING]

export const isOftenReleased = (device: string): boolean => !KEPT.includes(device)
