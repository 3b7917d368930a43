/** Why something is missing, in the reader's language. A code from the studio has a sentence here; without one its English words stand. Pure. */
import type { OutputView, RecognitionView, RecordingView, RowProblem, ShowWhy, SourceView } from "../ipc";
import type { Key } from "./i18n/i18n.svelte";

export interface Why {
  /** None: no code fits. */
  key: Key | null;
  /** The studio's own words, in English, with the particulars. */
  text: string;
}

export function sourceWhy({ why, why_code }: Pick<SourceView, "why" | "why_code">): Why | null {
  return why === null && why_code === null ? null : { key: why_code && `why.source.${why_code}`, text: why ?? "" };
}

export function outputWhy({ why, why_code }: Pick<OutputView, "why" | "why_code">): Why | null {
  return why === null && why_code === null ? null : { key: why_code && `why.output.${why_code}`, text: why ?? "" };
}

export function recordingWhy({ stopped, stopped_code }: Pick<RecordingView, "stopped" | "stopped_code">): Why | null {
  return stopped === null ? null : { key: stopped_code && `why.recording.${stopped_code}`, text: stopped };
}

export function showWhy({ why, why_code }: { why: string; why_code: ShowWhy | null }): Why {
  return { key: why_code && `why.show.${why_code}`, text: why };
}

export function recognitionWhy(recognition: RecognitionView): Why | null {
  if (recognition.state !== "off") return null;
  return { key: recognition.why_code && `why.recognition.${recognition.why_code}`, text: recognition.why };
}

export function importWhy(problem: RowProblem): Why {
  return { key: `import.why.${problem.code}`, text: problem.message };
}
