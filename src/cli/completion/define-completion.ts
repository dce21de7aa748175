import { Argument } from 'commander';
import type { Define } from '../define.js';
import { SHELLS, type Shell } from './shells.js';

const EXAMPLES = `
Examples:
  hawser completion bash >> ~/.bashrc
  hawser completion zsh > "\${fpath[1]}/_hawser"
  hawser completion fish > ~/.config/fish/completions/hawser.fish
`;

/** Defines `hawser completion`, and what its scripts call. */
export const defineCompletion: Define = (program, act) => {
  program
    .command('completion')
    .description('Print the script that completes words in your shell')
    .addArgument(new Argument('<shell>').choices([...SHELLS]))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell) =>
      act({ color: 'never' }, async (context) => {
        const { completionScript } = await import('./completion-script.js');
        context.output.write(completionScript(shell));
        return 0;
      }),
    );
  program
    .command('__complete', { hidden: true })
    .argument('[word...]')
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (words: string[]) =>
      act({ color: 'never' }, async (context) => {
        const { complete } = await import('./complete.js');
        for (const word of await complete(words, program, context)) context.output.write(`${word}\n`);
        return 0;
      }),
    );
};
