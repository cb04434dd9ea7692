/** Reads the commands that are not at hand. The build has another way to do it, with the same result (build/read-later.ts). */
export const loadOthers = (): Promise<typeof import('./other-commands.ts')> => import('./other-commands.ts')
