import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Accelerator, MachineParts } from '../machine/qemu.ts'
import type { Suite } from './userland.ts'

/** A guest that can be restored: the state of its memory and devices, and the disk that goes with it. */
export interface GuestImage {
  /** Holds `state`, `disk.qcow2` and `image.json`. */
  dir: string
  suite: Suite
  /** The guest's kernel version, as `uname -r` says it. */
  kernel: string
  accelerator: Accelerator
  /** Directory of the unpacked QEMU that saved the state; no other can load it. */
  emulator: string
  /** Directory of the kernel, the initramfs and the root file system below `disk.qcow2`. */
  base: string
}

/** The saved memory of an image. */
export const stateFile = (image: GuestImage): string => path.join(image.dir, 'state')

/** The disk of an image, never written to. */
export const diskFile = (image: GuestImage): string => path.join(image.dir, 'disk.qcow2')

/** What QEMU needs to run a guest of this image on a disk and with a console log of its own. */
export function machineParts(image: GuestImage, scratch: string): MachineParts {
  return {
    emulator: image.emulator,
    kernel: path.join(image.base, 'vmlinuz'),
    initrd: path.join(image.base, 'initrd'),
    disk: path.join(scratch, 'disk.qcow2'),
    accelerator: image.accelerator,
    consoleLog: path.join(scratch, 'console.log'),
  }
}

/** Writes the description last: a directory that has one is a whole image. */
export async function describeImage(image: GuestImage): Promise<void> {
  const { dir, ...rest } = image
  await writeFile(path.join(dir, 'image.json'), `${JSON.stringify(rest, undefined, 2)}\n`)
}

/** Opens an image that {@link describeImage} described. */
export async function openImage(dir: string): Promise<GuestImage> {
  const rest = JSON.parse(await readFile(path.join(dir, 'image.json'), 'utf8')) as Omit<GuestImage, 'dir'>
  return { dir, ...rest }
}
