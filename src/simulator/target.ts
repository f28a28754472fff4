interface Place {
  readonly host: string;
  readonly port: number;
}

/** Where an attempt goes: to the entry, to what MOD named, or to where the last good session was. */
export class Target {
  #named: Place | undefined;
  #dialled: Place | undefined;
  #kept: Place | undefined;

  /** Each answer names anew: MOD counts for one attempt. */
  name(place: Place | undefined): void {
    this.#named = place;
  }

  /** The attempt became a tunnel: its address is dialled again next time, whatever MOD says. */
  keep(): void {
    this.#kept = this.#dialled;
  }

  forget(): void {
    this.#kept = undefined;
  }

  /** An attempt begins. */
  take(entry: Place): Place {
    this.#dialled = this.#kept ?? this.#named ?? entry;
    this.#kept = undefined;
    return this.#dialled;
  }
}
