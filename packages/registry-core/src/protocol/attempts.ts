/** The most times that a step is begun again because others changed the entry meanwhile: more is not a race any more. */
export const ATTEMPTS = 64
