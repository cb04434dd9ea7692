/**
 * Stands in for what commander imports for subcommands that are programs of their own, which nvmf has none of:
 * node:child_process takes a tenth of a start to load, and of node:fs and node:path a bundle would copy every property.
 */
export default {}
