import { Argument, type Command } from 'commander'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { type Node, treeOf } from '../completion/tree.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { EXIT } from '../exit-codes.ts'
import type { Act } from '../program.ts'

/** The shells, and what makes the script of each. */
export const SHELLS: Readonly<Record<string, (tree: Node) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** `nvmf completion bash`: what the packages install already, for those who have only the command. */
export function addCompletion(parent: Command, act: Act): void {
  const command = parent
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
  act(command, (context, _, [shell = '']) => {
    const script = SHELLS[shell]?.(treeOf(parent)) ?? ''
    context.print({ shell, script }, [script.trimEnd()])
    return EXIT.ok
  })
}
