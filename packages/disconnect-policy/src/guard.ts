/** How something of this host depends on a namespace. */
export type Use = {
  /** The namespace's block device: `nvme0n1`. */
  readonly namespace: string
  /** The block device that is used: the namespace, a partition, or what device-mapper or md made of them (`dm-0`). */
  readonly device: string
} & (
  | {
      readonly kind: 'mount'
      /** Where; undefined: it is mounted, but at no place that this process sees (another mount namespace). */
      readonly at: string | undefined
    }
  | { readonly kind: 'swap' }
  /** Another block device is made of it, which itself is not seen to be used: `name` is `dm-0`, or device-mapper's own (`vg-root`). */
  | { readonly kind: 'held'; readonly name: string }
  /** It cannot be told, so it counts as used. */
  | { readonly kind: 'unknown'; readonly why: string }
)

/** A namespace of this host, and the controllers that lead to it. */
export interface Namespace {
  /** `nvme0n1`: what is mounted; with multipath the head that all paths share. */
  readonly name: string
  /** What depends on it; nothing: it may go. */
  readonly uses: readonly Use[]
  readonly paths: readonly Path[]
}

/** One controller's way to a namespace. */
export interface Path {
  /** `nvme3` */
  readonly controller: string
  /** I/O gets through: the controller is live, and the path's ANA state allows it. */
  readonly live: boolean
}

/** What would lose its last live path to its namespace if these controllers went. */
export function usesLost(namespaces: readonly Namespace[], leaving: ReadonlySet<string>): readonly Use[] {
  return namespaces.filter(each => isCutOff(each, leaving)).flatMap(({ uses }) => uses)
}

/**
 * Which of the candidates have to stay, and what for: so many that every namespace in use keeps a live path. Those that do
 * no work go first, then the higher numbers. A namespace in use without any live path keeps all of its paths, since nobody
 * knows which one will come back.
 */
export function spared(
  namespaces: readonly Namespace[],
  candidates: readonly string[],
): ReadonlyMap<string, readonly Use[]> {
  const inUse = namespaces.filter(({ uses }) => uses.length > 0)
  const leaving = new Set<string>()
  const staying = new Map<string, readonly Use[]>()
  const works = (name: string): boolean => inUse.some(({ paths }) => paths.some(p => p.live && p.controller === name))
  const dead = candidates.filter(name => !works(name))
  const descending = candidates.map((_, i) => candidates[candidates.length - 1 - i] as string)
  for (const name of [...dead, ...descending.filter(works)]) {
    const lost = usesLost(
      inUse.filter(({ paths }) => paths.some(path => path.controller === name)),
      new Set([...leaving, name]),
    )
    if (lost.length > 0) staying.set(name, lost)
    else leaving.add(name)
  }
  return staying
}

const isCutOff = ({ paths }: Namespace, leaving: ReadonlySet<string>): boolean =>
  paths.some(({ controller }) => leaving.has(controller)) &&
  !paths.some(({ controller, live }) => live && !leaving.has(controller))
