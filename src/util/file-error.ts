const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  ENAMETOOLONG: "the name is too long",
};

/** Why a file could not be read, for people; what nobody has words for is the system's own code, such as `EMFILE`. */
export function whyUnreadable(error: unknown): string {
  return reason(error, { ENOENT: "no such file", ENOTDIR: "no such file" });
}

/** Why a file could not be made or written, for people; what nobody has words for is the system's own code. */
export function whyUnwritable(error: unknown): string {
  return reason(error, { ENOENT: "no such directory", ENOTDIR: "no such directory" });
}

function reason(error: unknown, missing: Readonly<Record<string, string>>): string {
  const { code = "failed" } = error as NodeJS.ErrnoException;
  return missing[code] ?? REASONS[code] ?? code;
}
