/** How often a step is begun again because others changed the entry meanwhile: more often than this is not a race any more. */
export const ATTEMPTS = 64
