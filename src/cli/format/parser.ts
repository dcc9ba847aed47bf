/** Go's text/template as a tree. */
import { CliError } from '../errors.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';

/** A value in a pipeline; `fields` are applied from left to right, as in `(index .A 0).B`. */
export type Operand =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'dot'; fields: string[] }
  | { kind: 'variable'; name: string; fields: string[] }
  | { kind: 'call'; name: string }
  | { kind: 'group'; pipeline: Pipeline; fields: string[] };

/** Commands joined by `|`; each is an operand with arguments. */
export interface Pipeline {
  declare: string[];
  commands: Operand[][];
}

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline }
  | { kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: Node[]; otherwise: Node[] };

/** Parses a template. Throws CliError that says what is wrong. */
export function parseTemplate(source: string): Node[] {
  const parser = new Parser(tokenize(source));
  const nodes = parser.nodes();
  if (!parser.atEnd) throw new CliError('template: {{end}} or {{else}} without {{if}}, {{with}} or {{range}}');
  return nodes;
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Nodes up to an `{{else}}`, an `{{end}}` or the end. */
  nodes(): Node[] {
    const nodes: Node[] = [];
    while (!this.atEnd) {
      if (this.#is('text')) {
        nodes.push({ kind: 'text', text: this.#next().text });
        continue;
      }
      const keyword = this.#peek(1);
      if (keyword?.kind === 'word' && (keyword.text === 'end' || keyword.text === 'else')) break;
      nodes.push(this.#action());
    }
    return nodes;
  }

  #action(): Node {
    this.#expect('open');
    const word = this.#peek();
    if (word?.kind === 'word' && (word.text === 'if' || word.text === 'with' || word.text === 'range')) {
      this.#at++;
      return this.#block(word.text);
    }
    const pipeline = this.#pipeline();
    this.#expect('close');
    return { kind: 'print', pipeline };
  }

  /** After the keyword: the pipeline, the body, maybe `else` or `else if`, and `end`. */
  #block(kind: 'if' | 'with' | 'range'): Node {
    const pipeline = this.#pipeline();
    this.#expect('close');
    const body = this.nodes();
    this.#expect('open');
    const keyword = this.#expect('word').text;
    if (keyword === 'end') {
      this.#expect('close');
      return { kind, pipeline, body, otherwise: [] };
    }
    return { kind, pipeline, body, otherwise: this.#otherwise() };
  }

  #otherwise(): Node[] {
    if (this.#is('word', 'if')) {
      this.#at++;
      return [this.#block('if')];
    }
    this.#expect('close');
    const nodes = this.nodes();
    this.#expect('open');
    this.#expect('word', 'end');
    this.#expect('close');
    return nodes;
  }

  #pipeline(): Pipeline {
    const declare = this.#declaration();
    const commands = [this.#command()];
    while (this.#is('punctuation', '|')) {
      this.#at++;
      commands.push(this.#command());
    }
    return { declare, commands };
  }

  /** `$x :=` or `$i, $x :=` before a pipeline. */
  #declaration(): string[] {
    const start = this.#at;
    const names: string[] = [];
    while (this.#is('variable')) {
      names.push(this.#next().text);
      if (!this.#is('punctuation', ',')) break;
      this.#at++;
    }
    if (names.length > 0 && (this.#is('punctuation', ':=') || this.#is('punctuation', '='))) {
      this.#at++;
      return names;
    }
    this.#at = start;
    return [];
  }

  #command(): Operand[] {
    const operands: Operand[] = [];
    while (!this.#is('close') && !this.#is('punctuation', '|') && !this.#is('punctuation', ')')) {
      operands.push(this.#operand());
    }
    if (operands.length === 0) throw new CliError('template: missing value for command');
    return operands;
  }

  #operand(): Operand {
    const { kind, text } = this.#next();
    if (kind === 'string') return { kind: 'literal', value: text };
    if (kind === 'number') return { kind: 'literal', value: Number(text) };
    if (kind === 'field') return { kind: 'dot', fields: fieldNames(text) };
    if (kind === 'variable') return { kind: 'variable', name: text, fields: this.#fields() };
    if (kind === 'word') return literalWord(text) ?? { kind: 'call', name: text };
    if (text !== '(') throw new CliError(`template: unexpected "${text}"`);
    const pipeline = this.#pipeline();
    this.#expect('punctuation', ')');
    return { kind: 'group', pipeline, fields: this.#fields() };
  }

  /** Fields that follow a variable or a group directly. */
  #fields(): string[] {
    return this.#is('field') && this.#peek()?.text !== '.' ? fieldNames(this.#next().text) : [];
  }

  #peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #is(kind: TokenKind, text?: string): boolean {
    const token = this.#peek();
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  #next(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined)
      throw new CliError('template: unexpected end; {{if}}, {{with}} and {{range}} need {{end}}');
    return token;
  }

  #expect(kind: TokenKind, text?: string): Token {
    const token = this.#next();
    if (token.kind === kind && (text === undefined || token.text === text)) return token;
    throw new CliError(`template: unexpected "${token.text}"`);
  }
}

function fieldNames(text: string): string[] {
  return text.split('.').filter(Boolean);
}

function literalWord(word: string): Operand | undefined {
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
  return word === 'nil' ? { kind: 'literal', value: null } : undefined;
}
