import { cp, mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../exec.ts'

/** Files that the harness puts into the guest. */
export const GUEST_FILES = path.join(import.meta.dirname, '../../guest')

/**
 * Units that cost time at boot, wake up later, or touch NVMe by themselves.
 *
 * systemd-udevd is never here: tests are about the stock unit in its stock sandbox. The tools of nvme-cli
 * are installed, but nothing of it may connect or disconnect unasked.
 */
const MASKED_UNITS = [
  'apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer systemd-tmpfiles-clean.timer',
  'e2scrub_all.timer e2scrub_reap.service uuidd.socket uuidd.service remote-fs.target',
  'getty@tty1.service getty-static.service serial-getty@ttyS0.service systemd-ask-password-wall.path',
  'systemd-ask-password-console.path systemd-logind.service systemd-user-sessions.service',
  'dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount sys-fs-fuse-connections.mount',
  'sys-kernel-tracing.mount ldconfig.service systemd-binfmt.service systemd-firstboot.service',
  'systemd-hibernate-clear.service systemd-hwdb-update.service systemd-machine-id-commit.service',
  'systemd-pcrmachine.service systemd-pcrphase-sysinit.service systemd-pcrphase.service',
  'systemd-pcrextend.socket systemd-pcrlock.socket systemd-pstore.service systemd-random-seed.service',
  'systemd-tpm2-setup-early.service systemd-tpm2-setup.service systemd-creds.socket systemd-sysext.socket',
  'systemd-hostnamed.socket systemd-update-done.service systemd-networkd.service systemd-timesyncd.service',
  'nvmf-autoconnect.service nvmefc-boot-connections.service nvmf-connect-nbft.service nvmf-connect.target',
]
  .join(' ')
  .split(' ')

/** Rules of nvme-cli that start discovery and connects on kernel events. */
const MASKED_RULES = ['70-nvmf-autoconnect.rules', '70-nvmf-keys.rules']

/** Fixed, so that the first boot is not special to systemd; every guest has this one. */
const MACHINE_ID = '6e766d6665326530000000000000000e'

const TEXT_FILES: Record<string, string> = {
  'etc/machine-id': `${MACHINE_ID}\n`,
  'etc/hostname': 'nvmf-e2e\n',
  'etc/hosts': '127.0.0.1 localhost nvmf-e2e\n::1 localhost\n',
  'etc/fstab': '',
  // All of the journal, in memory: `journalctl -t TAG` sees a line as soon as it is sent.
  'etc/systemd/journald.conf.d/nvmf-e2e.conf':
    '[Journal]\nStorage=volatile\nRuntimeMaxUse=64M\nRateLimitIntervalSec=0\nForwardToConsole=no\n',
  // The guest is offline: apt-get install of a local file must not look for an archive.
  'etc/apt/sources.list': '',
}

/** Unpacks the userland into `tree` and makes it the guest's root file system. */
export async function assembleTree(tree: string, userland: string, kernel: string, version: string): Promise<void> {
  await mkdir(tree)
  await exec('tar', ['--extract', '--numeric-owner', '--xattrs', '--file', path.join(userland, 'root.tar'), '-C', tree])
  await cp(path.join(kernel, 'modules'), path.join(tree, 'usr/lib/modules'), { recursive: true })
  await exec('depmod', ['-b', tree, version])
  await configure(tree)

  const install = async (name: string, target: string, mode: string) => {
    await mkdir(path.dirname(path.join(tree, target)), { recursive: true })
    await exec('install', ['-m', mode, path.join(GUEST_FILES, name), path.join(tree, target)])
  }
  await install('agent.pl', 'usr/local/lib/nvmf-e2e-agent', '755')
  await install('nvmet-lab.sh', 'usr/local/lib/nvmet-lab.sh', '644')
  await install('nvmf-e2e-agent.service', 'etc/systemd/system/nvmf-e2e-agent.service', '644')
  await exec('systemctl', ['--root', tree, 'enable', 'nvmf-e2e-agent.service'])
}

async function configure(tree: string): Promise<void> {
  await rm(path.join(tree, 'etc/apt/sources.list.d'), { recursive: true })
  await mkdir(path.join(tree, 'etc/apt/sources.list.d'))
  for (const file of await readdir(path.join(tree, 'etc/apt/apt.conf.d'))) {
    if (file.includes('mmdebstrap')) await rm(path.join(tree, 'etc/apt/apt.conf.d', file))
  }
  for (const [name, text] of Object.entries(TEXT_FILES)) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true })
    await writeFile(path.join(tree, name), text)
  }
  for (const unit of MASKED_UNITS) await mask(path.join(tree, 'etc/systemd/system', unit))
  for (const rules of MASKED_RULES) await mask(path.join(tree, 'etc/udev/rules.d', rules))
  // Newer than /usr: no ConditionNeedsUpdate= unit has work to do.
  const soon = new Date(Date.now() + 60_000)
  for (const name of ['etc/.updated', 'var/.updated']) {
    await writeFile(path.join(tree, name), '')
    await utimes(path.join(tree, name), soon, soon)
  }
}

async function mask(file: string): Promise<void> {
  await rm(file, { force: true })
  await symlink('/dev/null', file)
}
