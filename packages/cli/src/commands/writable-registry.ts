import { Registry } from '@nvmf/registry-core'
import type { Context } from '../context.ts'

/** The registry for the commands that change it or wait for it; those that list have {@link Context.registry}. */
export const writableRegistry = ({ root }: Context): Registry => new Registry({ root })
