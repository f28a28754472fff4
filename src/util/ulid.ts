const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes identifiers that sort by time: 48 bits of milliseconds, 80 random bits, in Crockford's base 32 (26 characters). */
export function ulidFactory(now: () => number, random: () => number): () => string {
  let lastTime = -1;
  let tail: number[] = [];
  return () => {
    // A clock that is put back would break the order.
    const time = Math.max(now(), lastTime);
    if (time === lastTime) increment(tail);
    else {
      lastTime = time;
      tail = Array.from({ length: 16 }, () => Math.floor(random() * 32));
    }
    let head = "";
    for (let rest = time, i = 0; i < 10; i++) {
      head = ALPHABET.charAt(rest % 32) + head;
      rest = Math.floor(rest / 32);
    }
    return head + tail.map((digit) => ALPHABET.charAt(digit)).join("");
  };
}

/** Two identifiers of one millisecond keep their order. */
function increment(digits: number[]): void {
  for (let i = digits.length - 1; i >= 0; i--) {
    const next = (digits[i] ?? 0) + 1;
    if (next < 32) {
      digits[i] = next;
      return;
    }
    digits[i] = 0;
  }
}
