import type { ParseError } from '../../core/hawser-error.js';
import { type Condition, HostCondition } from './condition.js';
import type { HostBlock } from './host-entry.js';
import { hostLines } from './host-lines.js';
import { type ConfigScope, type IncludeContext, readIncludes } from './include.js';
import { isKeywordWithoutEffect } from './keywords.js';
import { type ConfigLine, errorAt, lexLines } from './lexer.js';
import { type MatchExec, parseMatch } from './match-line.js';
import { compileDirective } from './options.js';
import { compilePatternList, type PatternTest } from './pattern.js';
import type { Section } from './section.js';
import { readText, readWords } from './values.js';

/** What parsing needs of the world outside of the text. */
export interface ParseContext extends Omit<IncludeContext, 'warn' | 'scope'> {
  readonly matchExec: MatchExec | undefined;
}

/** ssh's own limit for files that include files. */
const MAX_DEPTH = 16;

/** Turns the texts of one configuration into sections: Include lines are replaced by what they name. */
export class ConfigParser {
  readonly sections: Section[] = [];
  readonly aliases: Set<string> = new Set();
  readonly warnings: ParseError[] = [];
  /** Whether a `Match final` or a canonical host name asks for a second pass over the sections. */
  wantsFinalPass = false;
  readonly #context: ParseContext;
  readonly #ignored: PatternTest[] = [];

  constructor(context: ParseContext) {
    this.#context = context;
  }

  /** Adds a file's sections to those that are there already; what came first has the first word on each setting. */
  add(text: string, file: string | undefined, scope: ConfigScope): void {
    this.#addFile(text, file, { scope, outer: [], depth: 0 });
  }

  /** Adds the block of a host that stands in no file. */
  addHost(host: HostBlock): void {
    const condition = new HostCondition([{ text: host.alias, column: 1 }]);
    this.aliases.add(host.alias);
    const section = this.#open([condition]);
    for (const line of hostLines(host)) {
      const directive = this.#parseDirective(line);
      if (directive !== undefined) section.directives.push(directive);
    }
  }

  #addFile(text: string, file: string | undefined, at: FileContext): void {
    let conditions = at.outer;
    let section: Section | undefined;
    for (const line of lexLines(text, file)) {
      const condition = this.#parseCondition(line);
      if (condition !== undefined) {
        conditions = [...at.outer, condition];
        section = undefined;
      } else if (line.keyword === 'include') {
        this.#include(line, { ...at, outer: conditions, depth: at.depth + 1 });
        section = undefined;
      } else {
        const directive = this.#parseDirective(line);
        if (directive === undefined) continue;
        section ??= this.#open(conditions);
        section.directives.push(directive);
      }
    }
  }

  #open(conditions: readonly Condition[]): Section {
    const section = { conditions, directives: [], order: this.sections.length };
    this.sections.push(section);
    return section;
  }

  #parseCondition(line: ConfigLine): Condition | undefined {
    if (line.keyword === 'host') {
      const condition = new HostCondition(readWords(line));
      for (const name of condition.literals) this.aliases.add(name);
      return condition;
    }
    if (line.keyword !== 'match') return undefined;
    return parseMatch(line, {
      exec: this.#context.matchExec,
      warn: (warning) => this.warnings.push(warning),
      wantFinalPass: () => {
        this.wantsFinalPass = true;
      },
    });
  }

  #parseDirective(line: ConfigLine): Section['directives'][number] | undefined {
    if (line.keyword === 'ignoreunknown') {
      this.#ignored.push(compilePatternList(readText(line), { lowerCase: true }));
      return undefined;
    }
    const directive = compileDirective(line);
    if (directive === undefined) this.#checkKeyword(line);
    else if (line.keyword === 'canonicalizehostname') this.#checkCanonical(line);
    return directive;
  }

  #include(line: ConfigLine, at: FileContext): void {
    if (at.depth > MAX_DEPTH) {
      throw errorAt(line, `Files include one another more than ${MAX_DEPTH} deep; does one include itself?`);
    }
    const warn = (warning: ParseError): void => void this.warnings.push(warning);
    for (const { path, text } of readIncludes(line, { ...this.#context, scope: at.scope, warn })) {
      this.#addFile(text, path, at);
    }
  }

  #checkKeyword(line: ConfigLine): void {
    if (isKeywordWithoutEffect(line.keyword) || this.#ignored.some((test) => test(line.keyword))) return;
    this.warnings.push(errorAt(line, `"${line.written}" is not a keyword of ssh_config(5); the line is left out.`));
  }

  #checkCanonical(line: ConfigLine): void {
    if (/^(no|false)$/i.test(readText(line))) return;
    const what = 'Host names are not looked up in CanonicalDomains here; names are used as they are written.';
    this.warnings.push(errorAt(line, what));
  }
}

interface FileContext {
  readonly scope: ConfigScope;
  /** The conditions that the file as a whole stands under. */
  readonly outer: readonly Condition[];
  readonly depth: number;
}
