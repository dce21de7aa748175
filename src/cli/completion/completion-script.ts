import type { Shell } from './shells.js';

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_hawser() {
  local IFS=$'\\n'
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(hawser __complete -- "\${words[@]}" 2>/dev/null))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); fi
}
complete -o filenames -F _hawser hawser
`,
  zsh: `#compdef hawser
_hawser() {
  local -a found
  found=("\${(@f)$(hawser __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -Q -- "\${found[@]}"; else _files; fi
}
if [ "$funcstack[1]" = "_hawser" ]; then _hawser "$@"; else compdef _hawser hawser; fi
`,
  fish: `function __hawser_complete
    set -l words (commandline -opc) (commandline -ct)
    hawser __complete -- $words[2..-1] 2>/dev/null
end
complete -c hawser -a '(__hawser_complete)'
`,
};

/** The script that makes a shell ask `hawser __complete` for the words that may come next. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
