/** Hands the studio down the component tree. */
import { createContext } from "svelte";
import type { Backend } from "../ipc";

export const [useBackend, provideBackend] = createContext<Backend>();
