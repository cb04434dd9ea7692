import { eastAsianWidth } from 'get-east-asian-width'

/** What a terminal shows as one character, and how many columns it takes. It may be several code points. */
export interface Glyph {
  readonly text: string
  readonly width: number
}

// oxlint-disable-next-line no-control-regex -- one column each: the range is what is asked for
const ASCII = /^[\u0000-\u007f]*$/

/** Columns of a terminal that a text takes, without what could steer it ({@link visible}). */
export const widthOf = (text: string): number =>
  ASCII.test(text) ? text.length : glyphsOf(text).reduce((sum, { width }) => sum + width, 0)

/** A text in pieces that may not be cut. */
export function glyphsOf(text: string): Glyph[] {
  if (ASCII.test(text)) return [...text].map(character => ({ text: character, width: 1 }))
  const known = (unicode ??= loadUnicode())
  return [...known.segmenter.segment(text)].map(({ segment }) => ({ text: segment, width: glyphWidth(segment, known) }))
}

let unicode: Unicode | undefined

interface Unicode {
  readonly segmenter: Intl.Segmenter
  /** A flag, and what a selector, a skin tone or a joiner makes one picture of: the characters alone would say less, or more. */
  readonly picture: RegExp
  /** Takes no column of its own, as in wcwidth(3): marks, joiners, the later letters of a Hangul syllable, which stand in the first's. */
  readonly nothing: RegExp
}

/** Takes 10 ms to load tables of ICU's; V8 looks into them even to read a pattern, so it does not get to see any before. */
const loadUnicode = (): Unicode => ({
  segmenter: new Intl.Segmenter('en', { granularity: 'grapheme' }),
  picture: new RegExp(
    String.raw`^(?:\p{RI}\p{RI}|\p{Emoji}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic}))`,
    'u',
  ),
  nothing: new RegExp(String.raw`^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$`, 'u'),
})

const SOFT_HYPHEN = '\u00ad'

const glyphWidth = (glyph: string, { picture, nothing }: Unicode): number =>
  picture.test(glyph)
    ? 2
    : [...glyph].reduce(
        (sum, character) =>
          nothing.test(character) && character !== SOFT_HYPHEN
            ? sum
            : sum + eastAsianWidth(character.codePointAt(0) ?? 0),
        0,
      )
