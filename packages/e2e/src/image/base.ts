import { copyFile, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../exec.ts'
import { assembleTree, GUEST_FILES } from './tree.ts'

/** What a base is made of. */
export interface BaseParts {
  busybox: string
  userland: string
  kernel: string
  version: string
}

/** Leaves `dir` with `vmlinuz`, `initrd` and `disk.ext4`: enough for a cold boot. */
export async function buildBase(dir: string, { busybox, userland, kernel, version }: BaseParts): Promise<void> {
  const tree = path.join(dir, 'tree')
  await assembleTree(tree, userland, kernel, version)
  const disk = path.join(dir, 'disk.ext4')
  await exec('mke2fs', ['-q', '-t', 'ext4', '-E', 'lazy_itable_init=0,lazy_journal_init=0', '-d', tree, disk, '1536M'])
  await rm(tree, { recursive: true })
  await buildInitramfs(dir, busybox, kernel, version)
  await copyFile(path.join(kernel, 'vmlinuz'), path.join(dir, 'vmlinuz'))
}

/** Makes the initramfs: a static busybox and the root disk's driver. */
async function buildInitramfs(dir: string, busybox: string, kernel: string, version: string): Promise<void> {
  const tree = path.join(dir, 'initramfs')
  for (const name of ['bin', 'dev', 'root']) await mkdir(path.join(tree, name), { recursive: true })
  await exec('install', ['-m', '755', busybox, path.join(tree, 'bin/busybox')])
  await exec('install', ['-m', '755', path.join(GUEST_FILES, 'initramfs-init'), path.join(tree, 'init')])
  const driver = path.join(kernel, 'modules', version, 'kernel/drivers/block/virtio_blk.ko')
  await copyFile(driver, path.join(tree, 'virtio_blk.ko'))
  const file = path.join(dir, 'initrd')
  await exec('sh', ['-c', 'find . | "$1" cpio -o -H newc >"$2"', 'sh', busybox, file], { cwd: tree })
  await rm(tree, { recursive: true })
}
