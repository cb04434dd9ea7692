/** Whose a controller was that was taken: `was stas's`. @param from undefined: that could not be read */
export const formerOwner = (from: string | undefined): string =>
  from === undefined ? 'whose it was cannot be read' : `was ${from}'s`
