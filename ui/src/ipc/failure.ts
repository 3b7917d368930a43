/** Whatever a rejected call carries, as a `Failure`. */
import type { Failure } from "./bindings";

export function asFailure(error: unknown): Failure {
  if (isFailure(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message, retryable: true };
}

function isFailure(error: unknown): error is Failure {
  if (typeof error !== "object" || error === null) return false;
  const { code, message } = error as Partial<Failure>;
  return typeof code === "string" && typeof message === "string";
}
