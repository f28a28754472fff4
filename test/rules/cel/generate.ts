/** Whether numbers are written (and given to cel-js) as int or as double; to us they are the same. */
export type Mode = "int" | "double";

type Sort = "number" | "text" | "bool" | "numbers" | "texts";

const SORTS: readonly Sort[] = ["bool", "number", "text", "numbers", "texts"];

export const VARIABLES = {
  number: { a: 7, b: -3, zero: 0 },
  text: { s: "alpha", t: "", u: "日本🙂 x" },
  bool: { yes: true, no: false },
  numbers: { ns: [3, 1, 2], none: [] },
  texts: { ts: ["b", "one", "", "alpha"] },
} as const;

/** `m` has `one` and `two`, not `three`. */
export const MAP = { one: 1, two: 2 };

const TEXTS = [
  '""',
  '"a"',
  "'alpha'",
  '"B c"',
  '"日本"',
  '"\\u0041\\n"',
  '" trim "',
  '"12"',
  'r"\\d"',
  '"🙂"',
];
const PATTERNS = ['"^a"', '"b|c"', '"[0-9]+$"', '"l.h"', '""'];
const KEYS = ["one", "two", "three"];

const DEPTH = 6;

/**
 * Makes a random well-typed expression of the fragment in which cel-js and we agree, by reading one byte for each choice. Fewer and smaller
 * bytes make smaller expressions, so that fast-check can shrink them.
 */
export function generate(bytes: Uint8Array, mode: Mode): string {
  const sort = SORTS[(bytes[0] ?? 0) % SORTS.length] ?? "bool";
  return new Generator(bytes.subarray(1), mode).make(sort, DEPTH);
}

class Generator {
  readonly #bytes: Uint8Array;
  readonly #mode: Mode;
  #position = 0;
  #bound: { name: string; sort: Sort }[] = [];

  constructor(bytes: Uint8Array, mode: Mode) {
    this.#bytes = bytes;
    this.#mode = mode;
  }

  make(sort: Sort, depth: number): string {
    const left = this.#position < this.#bytes.length;
    if (depth <= 0 || !left) return this.#leaf(sort);
    const choices: readonly (() => string)[] = {
      number: this.#numbers(depth - 1),
      text: this.#texts(depth - 1),
      bool: this.#bools(depth - 1),
      numbers: this.#numberLists(depth - 1),
      texts: this.#textLists(depth - 1),
    }[sort];
    // The first choice is a leaf; an expression that is but one proves little.
    return this.#pick(depth < DEPTH ? choices : choices.slice(1))();
  }

  #byte(): number {
    return this.#bytes[this.#position++] ?? 0;
  }

  #pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.#byte() % choices.length];
    if (chosen === undefined) throw new Error("nothing to choose from");
    return chosen;
  }

  #leaf(sort: Sort): string {
    const names = this.#bound.filter((bound) => bound.sort === sort).map((bound) => bound.name);
    const known = [...Object.keys(VARIABLES[sort]), ...names];
    if (sort === "number") return this.#pick([this.#literal(), ...known]);
    if (sort === "text") return this.#pick([this.#pick(TEXTS), ...known]);
    if (sort === "bool") return this.#pick(["true", "false", ...known]);
    return this.#pick(known);
  }

  #literal(): string {
    const whole = String(this.#byte() % 20);
    return this.#mode === "int" ? whole : `${whole}${this.#pick([".0", ".5", ".25"])}`;
  }

  /** What cel-js gives as int, as a number of the mode. */
  #whole(text: string): string {
    return this.#mode === "int" ? text : `double(${text})`;
  }

  #numbers(depth: number): (() => string)[] {
    const make = (sort: Sort): string => this.make(sort, depth);
    const small = (): string => (this.#mode === "int" ? String(this.#byte() % 5) : `${this.#byte() % 5}.5`);
    // Only one of the two divisions means the same in both: see docs/expressions.md.
    const divide = (): string =>
      this.#mode === "int" ? `(${make("number")} % ${make("number")})` : `(${make("number")} / ${small()})`;
    return [
      () => this.#leaf("number"),
      () => `(${make("number")} + ${make("number")})`,
      () => `(${make("number")} - ${make("number")})`,
      () => `(${make("number")} * ${small()})`,
      divide,
      () => `-${make("number")}`,
      () => this.#whole(`size(${make("text")})`),
      () => this.#whole(`${make("numbers")}.size()`),
      () => this.#whole(`${make("text")}.indexOf(${make("text")})`),
      () => this.#whole(`int(${make("number")})`),
      () => this.#whole(`int(${this.#pick(['"12"', '"x"', '"-3"'])})`),
      () => `(${make("bool")} ? ${make("number")} : ${make("number")})`,
      // Out of range now and then, and for some items of a macro only: errors that others may absorb.
      () => `ns[${this.#pick(["0", "1", "2", "3"])}]`,
      () => `${make("numbers")}[0]`,
      () => `m.${this.#pick(["one", "two", "one", "two", "three"])}`,
      () => `m[${this.#pick(['"one"', '"two"', "s"])}]`,
    ];
  }

  #texts(depth: number): (() => string)[] {
    const make = (sort: Sort): string => this.make(sort, depth);
    return [
      () => this.#leaf("text"),
      () => `(${make("text")} + ${make("text")})`,
      () => `string(${make("number")})`,
      () => `string(${make("bool")})`,
      () => `${make("text")}.substring(${this.#byte() % 2})`,
      () => `${make("text")}.substring(${this.#byte() % 2}, ${1 + (this.#byte() % 2)})`,
      () => `${make("text")}.${this.#pick(["lowerAscii", "upperAscii", "trim"])}()`,
      () => `${make("texts")}.join(${make("text")})`,
      () => `${make("texts")}[0]`,
      () => `(${make("bool")} ? ${make("text")} : ${make("text")})`,
    ];
  }

  #bools(depth: number): (() => string)[] {
    const make = (sort: Sort): string => this.make(sort, depth);
    const compare = (sort: Sort, operators: readonly string[]) => () =>
      `(${make(sort)} ${this.#pick(operators)} ${make(sort)})`;
    const quantify = (sort: "numbers" | "texts") => () =>
      this.#macro(sort, this.#pick(["all", "exists", "exists_one"]), depth);
    return [
      () => this.#leaf("bool"),
      compare("bool", ["&&", "||"]),
      compare("bool", ["&&", "||", "==", "!="]),
      compare("number", ["<", "<=", ">", ">=", "==", "!="]),
      compare("text", ["<", "<=", ">", ">=", "==", "!="]),
      compare("numbers", ["==", "!="]),
      () => `!${make("bool")}`,
      () => `(${make("number")} in ${make("numbers")})`,
      () => `(${make("text")} in ${make("texts")})`,
      () => `(${make("text")} in m)`,
      () => `${make("text")}.${this.#pick(["contains", "startsWith", "endsWith"])}(${make("text")})`,
      () => `${make("text")}.matches(${this.#pick(PATTERNS)})`,
      () => `has(m.${this.#pick(KEYS)})`,
      () => `bool(${this.#pick(['"true"', '"f"', "s"])})`,
      () => `(${make("bool")} ? ${make("bool")} : ${make("bool")})`,
      quantify("numbers"),
      quantify("texts"),
      () =>
        this.#bind(
          "texts",
          (item) => `ts.${this.#pick(["exists", "all"])}(${item}, m[${item}] > ${make("number")})`,
        ),
    ];
  }

  #numberLists(depth: number): (() => string)[] {
    const make = (sort: Sort): string => this.make(sort, depth);
    return [
      () => this.#leaf("numbers"),
      () => `[${make("number")}, ${make("number")}]`,
      () => `(${make("numbers")} + ${make("numbers")})`,
      () => this.#macro("numbers", "filter", depth),
      () => this.#transform("numbers", "number", depth),
      () => this.#transform("texts", "number", depth),
      () => `(${make("bool")} ? ${make("numbers")} : ${make("numbers")})`,
    ];
  }

  #textLists(depth: number): (() => string)[] {
    const make = (sort: Sort): string => this.make(sort, depth);
    return [
      () => this.#leaf("texts"),
      () => `[${make("text")}]`,
      () => `${make("text")}.split(${make("text")})`,
      () => `${make("text")}.split("a", ${this.#byte() % 3})`,
      () => this.#macro("texts", "filter", depth),
      () => this.#transform("numbers", "text", depth),
    ];
  }

  #macro(over: "numbers" | "texts", name: string, depth: number): string {
    const range = this.make(over, depth);
    return this.#bind(over, (item) => `${range}.${name}(${item}, ${this.make("bool", depth)})`);
  }

  #transform(over: "numbers" | "texts", to: Sort, depth: number): string {
    const range = this.make(over, depth);
    const filtered = this.#byte() % 2 === 1;
    return this.#bind(over, (item) => {
      const condition = filtered ? `${this.make("bool", depth)}, ` : "";
      return `${range}.map(${item}, ${condition}${this.make(to, depth)})`;
    });
  }

  #bind(over: "numbers" | "texts", body: (item: string) => string): string {
    const name = `x${this.#bound.length}`;
    this.#bound.push({ name, sort: over === "numbers" ? "number" : "text" });
    const text = body(name);
    this.#bound.pop();
    return text;
  }
}
