/**
 * Injection points: where a core lets a fault in. A core declares a named point and asks it at the
 * right moment; whoever assembles a world may bind rules to it. The core knows nothing of faults:
 * it sees an effect of its own vocabulary, or nothing. An unbound point costs one comparison.
 */

/** What a rule sees (`C`) and what it may answer (`E`): both are types of the core's own. */
export type InjectionRule<C, E> = (context: C) => E | undefined;

export class InjectionPoint<C, E> {
  readonly name: string;
  #rules: InjectionRule<C, E>[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** The effect of the first bound rule that has one, else undefined. */
  ask(context: C): E | undefined {
    if (this.#rules.length === 0) return undefined;
    for (const rule of this.#rules) {
      const effect = rule(context);
      if (effect !== undefined) return effect;
    }
    return undefined;
  }

  /** Binds a rule; returns the function that unbinds it. */
  bind(rule: InjectionRule<C, E>): () => void {
    this.#rules = [...this.#rules, rule];
    return () => {
      this.#rules = this.#rules.filter((bound) => bound !== rule);
    };
  }
}
