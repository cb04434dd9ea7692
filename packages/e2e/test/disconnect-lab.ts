import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Guest } from '@nvmf/e2e'
import { nvmf } from './installed.ts'

/** A controller's options as the kernel takes them. That a tcp target is dead, the keep-alive does not find out for ten minutes. */
export const loop = (nqn: string): string => `nqn=${nqn},transport=loop`
export const tcp = (nqn: string, port = 4420): string =>
  `nqn=${nqn},transport=tcp,traddr=127.0.0.1,trsvcid=${port},nr_io_queues=1,keep_alive_tmo=600,duplicate_connect`

/** Connects `times` controllers that nobody owns: by hand, as starting a program for each takes an emulated guest long. */
export const connect = (guest: Guest, options: string, times = 1): Promise<string> =>
  guest.sh(
    `perl -e 'for (1..$ARGV[1]) { open F, "+<", "/dev/nvme-fabrics" or die $!; syswrite F, $ARGV[0] or die $!; close F }' \
      '${options}' ${times} && udevadm settle`,
    { timeoutMs: 300_000 },
  )

/** Which controllers there are, sorted by number. */
export const controllers = async (guest: Guest): Promise<string[]> =>
  (await guest.sh('ls -v /sys/class/nvme')).split('\n').filter(name => name !== '')

/** What `disconnect-all` says of each controller: `nvme0 kept: …`. */
export async function disconnectAll(guest: Guest, more = ''): Promise<string[]> {
  const { code, stdout, stderr } = await nvmf(guest, `disconnect-all ${more}`)
  if (code !== 0) throw new Error(`disconnect-all ${more}: exit ${code}\n${stdout}${stderr}`)
  const rows = stdout.split('\n').filter(line => /^nvme[0-9]/.test(line))
  return rows.map(row => row.split(/ {2,}/)).map(([device, result, why]) => `${device} ${result}: ${why}`)
}

/** Puts a small ext4 file system, made here, into the guest's /root/ext4.img: mke2fs is not in the guest. */
export async function putExt4(guest: Guest): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-ext4-'))
  try {
    const image = join(dir, 'ext4.img')
    execFileSync('/usr/sbin/mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-b', '4096', '-N', '16', image, '1M'])
    await guest.put(image, '/root/ext4.img')
  } finally {
    rmSync(dir, { recursive: true })
  }
}
