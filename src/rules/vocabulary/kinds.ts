import type { Field, Type } from "../cel/types.ts";

export const number: Type = { kind: "number" };
export const text: Type = { kind: "text" };
export const bool: Type = { kind: "bool" };
export const size: Type = { kind: "size" };
export const duration: Type = { kind: "duration" };
export const time: Type = { kind: "time" };
/** An environment: a missing name reads as "", and the password is a secret. */
export const environment: Type = { kind: "map", of: text, orEmpty: true, secret: ["password"] };

export const field = (type: Type, about: string): Field => ({ type, about });
export const optional = (type: Type, about: string): Field => ({ type, about, optional: true });
