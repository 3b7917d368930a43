/** An account being typed in. Pure. */
import type { Failure } from "../../ipc";

/** Into an account that exists, into a new one, or another password for the one that is signed in. */
export type Mode = "in" | "up" | "renew";

export interface Form {
  email: string;
  password: string;
  /** The one that takes its place. */
  fresh: string;
  shop: string;
}

export const emptyForm = (): Form => ({ email: "", password: "", fresh: "", shop: "" });

/** What the platform takes of a new password. */
export const PASSWORD_MIN = 10;

/** Whether it is worth asking the platform. */
export function ready(mode: Mode, form: Form): boolean {
  if (mode === "renew") return form.password !== "" && form.fresh.length >= PASSWORD_MIN;
  if (!/^\S+@\S+$/.test(form.email.trim()) || form.password === "") return false;
  return mode === "in" || (form.password.length >= PASSWORD_MIN && form.shop.trim() !== "");
}

/** The refusals that mean something of their own here; the others are said as everywhere. */
export function refusal(mode: Mode, failure: Failure): "wrong" | "wrongPresent" | "taken" | null {
  if (mode === "in" && failure.code === "unauthorized") return "wrong";
  if (mode === "renew" && failure.code === "unauthorized") return "wrongPresent";
  if (mode === "up" && failure.code === "conflict") return "taken";
  return null;
}
