/** Which platform a show is sold on. Pure. */
import type { Failure } from "../../ipc";

/** The address to set, where another one was typed in; null where it is the same. */
export function readdress(now: string | null, typed: string): { address: string | null } | null {
  const address = typed.trim() || null;
  return address === (now?.trim() || null) ? null : { address };
}

/**
 * What the studio's answer to another address asks for. The studio alone knows whether changes would be left behind: only its
 * word is a question to the host, and only once.
 */
export function answerTo(failure: Failure | null, goAlong: boolean): "done" | "ask" | "tell" {
  if (failure === null) return "done";
  return failure.code === "conflict" && !goAlong ? "ask" : "tell";
}
