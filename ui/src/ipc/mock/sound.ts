/** The sound desk of the simulated studio: two microphones and a clip, whose meters move with what is set. */
import type { InputChange, InputSettings, LevelView, MixChange, MixSettings, MonitorOf, SoundInputView, SoundMeters, SoundView } from "../bindings";

const PLAIN: InputSettings = { gain_db: 0, muted: null, offset_ms: 0, filters: { noise_suppression: 0, gate: null, compressor: null }, duck: null };
const SILENT: LevelView = { peak_db: null, rms_db: null, clipped: false };

interface Input {
  id: string;
  name: string;
  kind: SoundInputView["kind"];
  /** Loudness at no gain, dBFS; what speaks sways around it. */
  level: number;
  sway: number;
  hidden: boolean;
}

const INPUTS: Input[] = [
  { id: "mic", name: "RØDE NT-USB", kind: "microphone", level: -20, sway: 9, hidden: false },
  { id: "mic-2", name: "Built-in microphone", kind: "microphone", level: -31, sway: 6, hidden: false },
  { id: "2", name: "intro.mp4", kind: "source", level: -16, sway: 2, hidden: true },
];

export class MockSound {
  private sets = new Map<string, InputSettings>([["mic", { ...PLAIN, filters: { ...PLAIN.filters, noise_suppression: 60 } }]]);
  private mix: MixSettings = { gain_db: 0, loudness: { target_lufs: -16, range_db: 12 }, ceiling_db: -1 };
  private heard: MonitorOf | null = null;
  private device: string | null = null;

  set(input: string, change: InputChange): void {
    const before = this.of(input);
    const { filters } = before;
    const after: Record<InputChange["what"], () => InputSettings> = {
      gain_db: () => ({ ...before, gain_db: change.to as number }),
      muted: () => ({ ...before, muted: change.to as boolean | null }),
      offset_ms: () => ({ ...before, offset_ms: change.to as number }),
      noise_suppression: () => ({ ...before, filters: { ...filters, noise_suppression: change.to as number } }),
      gate: () => ({ ...before, filters: { ...filters, gate: change.to as InputSettings["filters"]["gate"] } }),
      compressor: () => ({ ...before, filters: { ...filters, compressor: change.to as InputSettings["filters"]["compressor"] } }),
      duck: () => ({ ...before, duck: change.to as InputSettings["duck"] }),
    };
    this.sets.set(input, after[change.what]());
  }

  setMix(change: MixChange): void {
    if (change.what === "gain_db") this.mix = { ...this.mix, gain_db: change.to };
    if (change.what === "loudness") this.mix = { ...this.mix, loudness: change.to };
    if (change.what === "ceiling_db") this.mix = { ...this.mix, ceiling_db: change.to };
  }

  monitor = (of: MonitorOf | null) => void (this.heard = of);

  listenOn = (device: string | null) => void (this.device = device);

  view(nothingRuns: boolean): SoundView {
    const monitor = { of: this.heard, device: this.device, state: this.heard ? ("playing" as const) : ("off" as const), why: null };
    if (nothingRuns) return { inputs: [], mix: SILENT, loudness_lufs: null, set: this.mix, monitor: { ...monitor, of: null, state: "off" } };
    const inputs = INPUTS.map((input) => ({
      id: input.id,
      name: input.name,
      kind: input.kind,
      present: true,
      muted: this.muted(input),
      level: this.level(input),
      rate_hz: 48_000,
      set: this.of(input.id),
    }));
    return { inputs, mix: this.mixed(), loudness_lufs: -16.4, set: this.mix, monitor };
  }

  meters(): SoundMeters {
    const inputs = INPUTS.map((input) => [input.id, { level: this.level(input), reduction_db: this.of(input.id).filters.compressor ? 3.2 : 0, ducked_db: 0 }] as const);
    return { inputs: Object.fromEntries(inputs), mix: this.mixed(), loudness_lufs: -16.4, loudness_gain_db: 2.1, limited_db: 0 };
  }

  private of = (input: string): InputSettings => this.sets.get(input) ?? PLAIN;

  /** A clip that the scene does not show is silent by itself. */
  private muted = (input: Input): boolean => this.of(input.id).muted ?? input.hidden;

  private level(input: Input): LevelView {
    const t = performance.now() / 1000 + input.level;
    const rms_db = input.level + this.of(input.id).gain_db + input.sway * Math.sin(t * 3.1) * Math.sin(t * 0.7);
    const peak_db = rms_db + 8 + 2 * Math.sin(t * 9);
    return { rms_db, peak_db: Math.min(0, peak_db), clipped: peak_db >= 0 };
  }

  private mixed(): LevelView {
    const open = INPUTS.filter((input) => !this.muted(input)).map((input) => this.level(input));
    if (open.length === 0) return SILENT;
    const most = (of: (level: LevelView) => number | null) => Math.min(this.mix.ceiling_db, Math.max(...open.map((level) => of(level) ?? -90)) + this.mix.gain_db);
    return { rms_db: most((level) => level.rms_db), peak_db: most((level) => level.peak_db), clipped: false };
  }
}
