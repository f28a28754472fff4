/** Digests that OpenVPN names. */
const DIGESTS: ReadonlyMap<string, string> = new Map(
  ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "MD5-SHA1"].map((name) => [name, name.toLowerCase()]),
);

/** What is to be made of the data. Digests by the names of node:crypto. */
export type Algorithm =
  /** PKCS#1 v1.5. Without a digest the data is what is padded (OpenVPN has put DigestInfo around it), with one a message. */
  | { readonly kind: "pkcs1"; readonly digest?: string }
  /** RSA as it stands: OpenVPN has padded. */
  | { readonly kind: "raw" }
  | {
      readonly kind: "pss";
      readonly digest: string;
      readonly salt: "digest" | "max";
      /** The data is a message, not its digest. */
      readonly message: boolean;
    }
  /** With a digest the data is a message, without one it is a digest. */
  | { readonly kind: "ecdsa"; readonly digest?: string }
  | { readonly kind: "eddsa" };

/**
 * `RSA_PKCS1_PADDING[,hashalg=X,data=message]`, `RSA_NO_PADDING`, `RSA_PKCS1_PSS_PADDING,hashalg=X,saltlen=Y[,data=message]`,
 * `ECDSA[,hashalg=X,data=message]`, `ED25519,data=message`, `ED448,data=message`; undefined without one (client version 1
 * and 2): what it is follows from the key. Throws an Error for any other.
 */
export function parseAlgorithm(text: string): Algorithm | undefined {
  if (text === "") return undefined;
  const [name, ...parts] = text.split(",");
  const options = new Map(
    parts.map((part) => [part.split("=", 1)[0] ?? "", part.slice(part.indexOf("=") + 1)]),
  );
  const digest = DIGESTS.get(options.get("hashalg") ?? "");
  const message = options.get("data") === "message";
  const unknown = new Error(`No signature can be made by the algorithm ${text}`);
  for (const key of options.keys()) if (!["hashalg", "saltlen", "data"].includes(key)) throw unknown;
  if (options.has("hashalg") && digest === undefined) throw unknown;
  switch (name) {
    case "RSA_PKCS1_PADDING":
      return message ? { kind: "pkcs1", digest: needed(digest, unknown) } : { kind: "pkcs1" };
    case "RSA_NO_PADDING":
      return { kind: "raw" };
    case "RSA_PKCS1_PSS_PADDING": {
      const salt = options.get("saltlen") ?? "digest";
      // What OpenSSL calls auto is the longest when it signs.
      if (salt !== "digest" && salt !== "max" && salt !== "auto") throw unknown;
      const own = salt === "digest" ? "digest" : "max";
      return { kind: "pss", digest: needed(digest, unknown), salt: own, message };
    }
    case "ECDSA":
      return message ? { kind: "ecdsa", digest: needed(digest, unknown) } : { kind: "ecdsa" };
    case "ED25519":
    case "ED448":
      return { kind: "eddsa" };
    default:
      throw unknown;
  }
}

function needed(digest: string | undefined, otherwise: Error): string {
  if (digest === undefined) throw otherwise;
  return digest;
}
