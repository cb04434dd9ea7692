const two = (n: number): string => String(n).padStart(2, '0')

/** `09:30:05`, the local time of day. */
export const clock = (time: Date): string => [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')

/** `2026-11-22`, the local day. */
export const day = (time: Date): string => [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(two).join('-')
