import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors write a file in several steps; its change is told once it has been quiet this long, ms. */
const QUIET = 100;

/**
 * Tells when a file's content may have changed, also when it is replaced, made or removed: the directory is watched, for a watch on a
 * file itself is lost at the first rename over it.
 */
export function watchFile(path: string, changed: () => void): () => void {
  const name = basename(path);
  let seen = fingerprint(path);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watcher: FSWatcher | undefined;
  const look = (): void => {
    const now = fingerprint(path);
    if (now === seen) return;
    seen = now;
    changed();
  };
  try {
    watcher = watch(dirname(path), (_, file) => {
      if (file !== null && file !== name) return;
      clearTimeout(timer);
      timer = setTimeout(look, QUIET);
    });
    watcher.on("error", () => watcher?.close());
  } catch {
    // A directory that is not there (yet) cannot be watched; the poll below finds the file.
  }
  const poll = setInterval(look, 5_000);
  poll.unref();
  return () => {
    clearTimeout(timer);
    clearInterval(poll);
    watcher?.close();
  };
}

function fingerprint(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}/${stat.size}/${stat.ino}` : "";
}
