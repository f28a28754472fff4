const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes identifiers that sort by time: 48 bits of milliseconds, 80 random bits, in Crockford's base 32 (26 characters). */
export function ulidFactory(now: () => number, random: () => number): () => string {
  let lastTime = -1;
  let head = "";
  const tail = new Uint8Array(16);
  return () => {
    // A clock that is put back would break the order.
    const time = Math.max(now(), lastTime);
    if (time === lastTime) increment(tail);
    else {
      lastTime = time;
      head = timeText(time);
      for (let i = 0; i < tail.length; i++) tail[i] = random() * 32;
    }
    let text = head;
    for (const digit of tail) text += ALPHABET[digit];
    return text;
  };
}

function timeText(time: number): string {
  let text = "";
  for (let rest = time, i = 0; i < 10; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Two identifiers of one millisecond keep their order. */
function increment(digits: Uint8Array): void {
  for (let i = digits.length - 1; i >= 0; i--) {
    const next = (digits[i] ?? 0) + 1;
    if (next < 32) {
      digits[i] = next;
      return;
    }
    digits[i] = 0;
  }
}
