const two = (n: number): string => String(n).padStart(2, '0')

/** `09:30:05`, the local time of day. */
export const clock = (time: Date): string => [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
