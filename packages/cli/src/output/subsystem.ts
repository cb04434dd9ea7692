import type { Namespace, Subsystem } from '@nvmf/controllers'
import { listedJson, type Owned, ownerCell } from './controller.ts'
import { sizeText } from './size.ts'
import { visible } from './text.ts'

/** The shape of nvme-cli's `list-subsys`: the subsystem, then its controllers, with the owner behind each. */
export function subsystemTree(subsystem: Subsystem, paths: readonly Owned[], verbose: boolean): string[] {
  const { name, nqn = '?', iopolicy, model, serial, namespaces } = subsystem
  const indent = ' '.repeat(name.length + 3)
  const hosts = [...new Set(paths.map(({ controller }) => controller.hostnqn))].filter(host => host !== undefined)
  return [
    `${name} - NQN=${nqn}`,
    ...hosts.map(host => `${indent}hostnqn=${host}`),
    ...(iopolicy === undefined ? [] : [`${indent}iopolicy=${iopolicy}`]),
    ...(verbose ? [`${indent}model=${model ?? '?'}`, `${indent}serial=${serial ?? '?'}`] : []),
    ...pathLines(paths),
    ...(verbose ? namespaces.map(namespaceLine) : []),
  ].map(visible)
}

/** Controllers below a heading of another kind. */
export const controllersTree = (heading: string, paths: readonly Owned[]): string[] =>
  [heading, ...pathLines(paths)].map(visible)

function pathLines(paths: readonly Owned[]): string[] {
  if (paths.length === 0) return []
  const lines = paths.map(({ controller, ownership }) =>
    [
      ` +- ${controller.name}`,
      controller.transport ?? '?',
      ...(controller.address.text === '' ? [] : [controller.address.text]),
      controller.state ?? '?',
      `owner=${ownerCell(controller, ownership)}`,
    ].join(' '),
  )
  return ['\\', ...lines]
}

/** ` *- nvme0n1 nsid=1 size=16MiB nvme0=optimized nvme1=inaccessible` */
function namespaceLine({ name, dev, nsid, size, paths }: Namespace): string {
  const ways = paths.map(({ controller, anaState }) =>
    anaState === undefined ? controller : `${controller}=${anaState}`,
  )
  return [
    ` *- ${name}`,
    `nsid=${nsid ?? '?'}`,
    `size=${size === undefined ? '?' : sizeText(size)}`,
    ...(dev === undefined ? ['no-disk'] : []),
    ...(ways.length === 0 ? ['no-path'] : ways),
  ].join(' ')
}

/** A subsystem in JSON output; what is not known is null. docs/schemas has the fields. */
export const subsystemJson = (subsystem: Subsystem, paths: readonly Owned[]): Record<string, unknown> => ({
  subsystem: subsystem.name,
  nqn: subsystem.nqn ?? null,
  type: subsystem.type ?? null,
  model: subsystem.model ?? null,
  serial: subsystem.serial ?? null,
  firmware: subsystem.firmware ?? null,
  iopolicy: subsystem.iopolicy ?? null,
  controllers: paths.map(listedJson),
  namespaces: subsystem.namespaces.map(namespaceJson),
})

const namespaceJson = (namespace: Namespace): Record<string, unknown> => ({
  disk: namespace.name,
  dev: namespace.dev ?? null,
  nsid: namespace.nsid ?? null,
  uuid: namespace.uuid ?? null,
  nguid: namespace.nguid ?? null,
  eui64: namespace.eui64 ?? null,
  wwid: namespace.wwid ?? null,
  size: namespace.size ?? null,
  blockSize: namespace.blockSize ?? null,
  readOnly: namespace.readOnly ?? null,
  holders: namespace.holders,
  partitions: namespace.partitions.map(({ name, dev, size, holders }) => ({
    disk: name,
    dev: dev ?? null,
    size: size ?? null,
    holders,
  })),
  paths: namespace.paths.map(({ name, controller, anaState, anaGroup }) => ({
    disk: name,
    controller,
    anaState: anaState ?? null,
    anaGroup: anaGroup ?? null,
  })),
})
