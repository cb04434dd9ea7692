import { RegistryError } from './errors.ts'

const MAX_INSTANCE = 2 ** 31 - 1
const DEVICE = /^nvme(?:0|[1-9][0-9]{0,9})$/
const INSTANCE = 'nvme'.length
const ATTRIBUTE = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Is this a controller's kernel name? `nvme` and the instance, no leading zero, at most 2^31-1 (an int in
 * drivers/nvme/host/core.c); not a namespace (`nvme3n1`) or path device (`nvme0c1n1`).
 */
export function isDevice(name: string): boolean {
  return DEVICE.test(name) && instanceOf(name) <= MAX_INSTANCE
}

export function checkDevice(name: string): void {
  if (!isDevice(name)) throw new RegistryError('bad-device', `${JSON.stringify(name)} is not a controller's name`)
}

/**
 * A device as people write it: `nvme3` or `/dev/nvme3` gives `nvme3`.
 * @throws `bad-device`
 */
export function parseDevice(text: string): string {
  const name = text.startsWith('/dev/') ? text.slice('/dev/'.length) : text
  if (!isDevice(name)) throw new RegistryError('bad-device', `${JSON.stringify(text)} is not a controller's name`)
  return name
}

/** Checked on reading too: a name is part of a path. */
export function checkAttribute(name: string): void {
  if (!ATTRIBUTE.test(name)) {
    throw new RegistryError(
      'bad-attribute',
      `${JSON.stringify(name)} is not an attribute's name (letters, digits, _ and -, at most 64)`,
    )
  }
}

export const isAttribute = (name: string): boolean => ATTRIBUTE.test(name)

/** The devices among some names, nvme2 before nvme10. */
export function devicesAmong(names: readonly string[]): string[] {
  const devices = names.filter(isDevice).map(device => ({ device, instance: instanceOf(device) }))
  return devices.sort((a, b) => a.instance - b.instance).map(({ device }) => device)
}

const instanceOf = (device: string): number => Number(device.slice(INSTANCE))
