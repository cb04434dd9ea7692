const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const

/** Bytes for people, as lsblk(8) rounds them: `16MiB`, `1.7TiB`. JSON has them all. */
export function sizeText(bytes: number): string {
  let unit = 0
  let size = bytes
  // 1023.95 would be shown as 1024.0.
  for (; size >= 1023.95 && unit < UNITS.length - 1; unit++) size /= 1024
  return `${size.toFixed(1).replace(/\.0$/, '')}${UNITS[unit]}`
}
