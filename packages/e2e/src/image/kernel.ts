import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../exec.ts'
import type { Archives, PrivateApt } from './apt.ts'
import { debSources, privateApt } from './apt.ts'

/** The suite whose kernel every guest runs: the host's own has no nvme-loop. */
const SUITE = 'trixie'
const META_PACKAGE = 'linux-image-cloud-amd64'

/** What a guest may load; their dependencies come along. */
const MODULES = [
  'nvme-fabrics nvme-loop nvme-tcp nvmet nvmet-tcp configfs',
  'virtio_blk virtio_net virtio-rng',
  'loop brd null_blk dm-mod overlay autofs4 isofs squashfs',
  'dummy veth tls nf_tables nft_ct nft_limit nft_log nft_masq nft_nat nft_reject_inet nft_chain_nat',
]
  .join(' ')
  .split(' ')

/** Opens the archive of guest kernels, with `dir` for apt's files, and says which version it has now. */
export async function findKernel(dir: string, archives: Archives): Promise<{ apt: PrivateApt; version: string }> {
  const sources = debSources(archives, { main: [SUITE], security: [`${SUITE}-security`] })
  const apt = await privateApt(dir, sources, '/dev/null')
  const depends = await apt.cache(['depends', META_PACKAGE])
  const version = /Depends: linux-image-(\S+)/.exec(depends)?.[1]
  if (version === undefined) throw new Error(`${META_PACKAGE} depends on no kernel:\n${depends}`)
  return { apt, version }
}

/**
 * Leaves `dir` with `vmlinuz` and `modules/VERSION`: some sixty modules, decompressed, as reading xz is slow
 * under emulation.
 */
export async function unpackKernel(dir: string, apt: PrivateApt, version: string): Promise<void> {
  const tree = path.join(dir, 'unpacked')
  await apt.unpack([`linux-image-${version}`], tree)
  await rename(path.join(tree, 'boot', `vmlinuz-${version}`), path.join(dir, 'vmlinuz'))

  const from = path.join(tree, 'usr/lib/modules', version)
  const to = path.join(dir, 'modules', version)
  await mkdir(to, { recursive: true })
  for (const name of ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']) {
    await copyFile(path.join(from, name), path.join(to, name))
  }
  const files = new Map<string, string>()
  for (const file of await readdir(from, { recursive: true })) {
    if (file.endsWith('.ko.xz')) files.set(moduleName(path.basename(file, '.ko.xz')), file)
  }
  for (const file of await withDependencies(MODULES, files, from)) {
    const target = path.join(to, file)
    await mkdir(path.dirname(target), { recursive: true })
    await copyFile(path.join(from, file), target)
    await exec('xz', ['--decompress', target])
  }
  await rm(tree, { recursive: true })
  await writeFile(path.join(dir, 'version'), `${version}\n`)
}

/** The files of the modules and of all that they depend on. */
async function withDependencies(names: string[], files: Map<string, string>, root: string): Promise<Set<string>> {
  const chosen = new Set<string>()
  const queue = [...names]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const file = files.get(moduleName(name))
    if (file === undefined) throw new Error(`the kernel has no module ${name}`)
    if (chosen.has(file)) continue
    chosen.add(file)
    const depends = await exec('modinfo', ['-F', 'depends', path.join(root, file)])
    queue.push(...depends.trim().split(',').filter(Boolean))
  }
  return chosen
}

/** File names have `-` where the kernel has `_`, or not. */
function moduleName(name: string): string {
  return name.replaceAll('-', '_')
}
