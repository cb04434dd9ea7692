/** Bad use of the command: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

export const USAGE = `Usage: nvmf-virtual-host VERB ... - an NVMe-oF host in a directory, without root and without NVMe

  start DIR [--rules FILE]... [--program GUEST=HOST]... [--no-modules] [--cpus N] [--seqnum N] [--foreground]
  stop DIR [--remove]             status DIR [--json]
  modules load DIR
  subsystem add DIR NQN [--namespaces N] [--listen loop|tcp:ADDRESS:PORT]...
  subsystem remove|lose|recover|expire DIR NQN
  pcie add DIR BDF [--nqn NQN] [--namespaces N]
  controller remove DIR DEVICE
  udev stop-exec-queue|start-exec-queue|settle|reverse DIR
  udev results DIR [--json]
  fault fail-next DIR ERRNO [--nqn NQN] [--times N]
  fault die-next DIR write|read
  fault hold-connects|wait-held|release-connects|clear DIR
  events DIR [--json]             journal DIR [--json]

The tools of the product then work on that host with --root DIR.
`
