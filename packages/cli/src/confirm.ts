import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { Failure } from './failure.ts'

/**
 * Shows what is about to happen and wants the word `yes`. Only a person is asked: a script says what it wants with its
 * options, and nothing would answer.
 * @returns whether a person was asked
 * @throws Failure with exit code 4 for any other answer
 */
export async function confirm({ io }: Context, facts: readonly string[], question: string): Promise<boolean> {
  if (!(await io.interactive())) return false
  const answer = await io.ask(`${[...facts, question].join('\n')} Type yes to go on: `)
  if (answer?.trim() !== 'yes') throw new Failure(EXIT.declined, 'declined', 'not confirmed, nothing was changed')
  return true
}
