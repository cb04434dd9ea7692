/**
 * Stands in for node:child_process in the built file: commander loads it for subcommands that are programs of their own,
 * which nvmf has none of, and loading costs a tenth of the start-up.
 */
export default {}
