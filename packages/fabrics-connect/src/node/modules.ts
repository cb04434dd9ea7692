import { existsSync } from 'node:fs'

/** As root's PATH is: this runs from units and rules that have none. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Loads kernel modules with modprobe(8), which knows what is built in or loaded. Best effort: what follows tells. */
export async function loadModule(name: string): Promise<void> {
  if (existsSync(`/sys/module/${name.replaceAll('-', '_')}`)) return
  // Not `node:child_process`: the command's build leaves that one out, which commander loads at every start.
  const { execFile } = await import('child_process')
  await new Promise<void>(resolve => {
    execFile('modprobe', ['--', name], { env: { PATH } }, () => resolve())
  })
}
