/**
 * Lets replies and actions of an engine on a virtual clock come through; they take no virtual time. `busy`: programs or plugins run.
 * `patience`: how long these may really take in all, ms.
 */
export function settled(busy: () => boolean, patience: number): () => Promise<void> {
  let left = patience;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return async () => {
    await turn();
    if (!busy()) return;
    const started = Date.now();
    do await turn();
    while (busy() && Date.now() - started < left);
    left -= Date.now() - started;
  };
}
