import type { Controller, ControllerSummary } from '@nvmf/controllers'
import type { Ownership } from '@nvmf/registry-core'

/** A controller, and who owns exactly this incarnation of it. */
export interface Owned<C extends ControllerSummary = Controller> {
  readonly controller: C
  readonly ownership: Ownership
}

/** `192.0.2.1:4420`, `[fe80::1%eth0]:4420`, `0000:01:00.0`, `-` */
function endpoint({ address }: ControllerSummary): string {
  const { bdf, traddr, trsvcid } = address
  const host = bdf ?? traddr ?? (address.text === '' ? '-' : address.text)
  if (trsvcid === undefined) return host
  return host.includes(':') ? `[${host}]:${trsvcid}` : `${host}:${trsvcid}`
}

/** Columns of a table that say which controller it is, and {@link whereCells} what stands in them. */
export const WHERE = ['Transport', 'Address', 'NQN'] as const
export const whereCells = (controller: ControllerSummary): string[] => [
  controller.transport ?? '?',
  endpoint(controller),
  controller.nqn ?? '-',
]

/** The owner column: a name, `-` for nobody, `kernel` for a local controller, `?` for what cannot be read. */
export function ownerCell({ fabrics, transport }: ControllerSummary, ownership: Ownership): string {
  if (!fabrics && transport !== undefined) return 'kernel'
  if (ownership.state === 'owned') return ownership.owner
  return ownership.state === 'unowned' ? '-' : '?'
}

/** Why there is a `?` in the owner column: a remark for each reason, which may be that of all of them. */
export function ownersUnknown(found: readonly Owned<ControllerSummary>[]): string[] {
  const concerned = new Map<string, string[]>()
  for (const { controller, ownership } of found) {
    if (ownership.state !== 'unknown' || ownerCell(controller, ownership) !== '?') continue
    const others = concerned.get(ownership.reason)
    if (others === undefined) concerned.set(ownership.reason, [controller.name])
    else others.push(controller.name)
  }
  return [...concerned].map(([reason, [first, ...more]]) => {
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    return `owner of ${first}${others} unknown: ${reason}`
  })
}

/** A controller in JSON output; what is not known is null. */
export function controllerJson(controller: Controller, ownership: Ownership): Record<string, unknown> {
  const { text: _, ...address } = controller.address
  const local = !controller.fabrics && controller.transport !== undefined
  return {
    device: controller.name,
    transport: controller.transport ?? null,
    address,
    nqn: controller.nqn ?? null,
    state: controller.state ?? null,
    owner: ownership.state === 'owned' && !local ? ownership.owner : null,
    ownership: local ? 'kernel' : ownership.state,
    ...(ownership.state === 'unknown' && !local ? { ownershipReason: ownership.reason } : {}),
    cntlid: controller.cntlid ?? null,
    cntrltype: controller.cntrltype ?? null,
    subsystem: controller.subsystem ?? null,
    hostnqn: controller.hostnqn ?? null,
    hostid: controller.hostid ?? null,
    incarnation: controller.incarnation,
  }
}

/** A controller in a listing: docs/schemas has the fields. */
export const listedJson = ({ controller, ownership }: Owned): Record<string, unknown> => ({
  ...controllerJson(controller, ownership),
  numaNode: controller.numaNode ?? null,
})
