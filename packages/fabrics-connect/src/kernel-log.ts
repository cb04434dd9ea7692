/** The kernel's log since it was opened. */
export interface KernelLog {
  /** The records that came since, each as /dev/kmsg gives it: `3,422,20184533,-;nvme nvme1: failed…` */
  records(): string[]
  close(): void
}

const RECORD = /^([0-9]+),[0-9]+,[0-9]+,[^;]*;([^\n]*)/
/** `nvme nvme1: …`, `nvme_fabrics: …`, `nvme_tcp: …`; not nvmet, which is a target that this host may also be. */
const OURS = /^nvme(?:_[a-z]+)?(?: (nvme[0-9]+))?: /
const LEVELS = 8
const WARNING = 4
const INFO = 6
const SECRETS = /(?:DHHC-1|NVMeTLSkey-1):[^\s,'"]*/g

/**
 * What the host drivers said about a connect that failed: warnings and errors first, in their order, as the first is the
 * cause and the rest its consequences; no other program's lines, none about the controllers that are there (they have troubles of their own meanwhile), and no secrets.
 *
 * @param present the names of those controllers
 */
export function saidByKernel(records: readonly string[], present: readonly string[]): string[] {
  const said: { level: number; text: string }[] = []
  for (const record of records) {
    const [, priority = '', text = ''] = RECORD.exec(record) ?? []
    const about = OURS.exec(text)
    const level = Number(priority)
    // A facility other than 0 is not the kernel; debugging talk explains nothing.
    if (about === null || level >= LEVELS || level > INFO) continue
    if (about[1] !== undefined && present.includes(about[1])) continue
    said.push({ level, text: text.replace(SECRETS, '(secret)') })
  }
  const troubles = said.filter(({ level }) => level <= WARNING)
  const remarks = said.filter(({ level }) => level > WARNING)
  return [...troubles, ...remarks].map(({ text }) => text)
}
