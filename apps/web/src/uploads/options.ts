/** What the MP3 is to be like, as far as the page asks. */
export interface Options {
  bitrate: number;
  channels: 1 | 2 | undefined;
  normalize: boolean;
  /** Whether the pictures are sent too. */
  whole: boolean;
}

/** The server's own choice. */
export const DEFAULT: Options = { bitrate: 192, channels: undefined, normalize: false, whole: false };

export const PRESETS = {
  music: DEFAULT,
  podcast: { bitrate: 128, channels: undefined, normalize: true, whole: false },
  lecture: { bitrate: 96, channels: 1, normalize: true, whole: false },
  small: { bitrate: 64, channels: 1, normalize: false, whole: false },
} as const satisfies Record<string, Options>;
export type Preset = keyof typeof PRESETS;

export const BITRATES = [64, 96, 128, 160, 192, 224, 256, 320] as const;
const KEPT = "tracklift.options";

/** Finds the preset of the same choices. */
export function presetOf(options: Options): Preset | undefined {
  return (Object.keys(PRESETS) as Preset[]).find((name) => same(PRESETS[name], options));
}

/** Gives the fields of a request; what the server chooses by itself is left to it, so that MP3 sound is copied. */
export function toFields(options: Options): Record<string, string> {
  return {
    ...(options.bitrate === DEFAULT.bitrate ? {} : { bitrate: String(options.bitrate) }),
    ...(options.channels ? { channels: String(options.channels) } : {}),
    ...(options.normalize ? { normalize: "true" } : {}),
  };
}

/** Gives the choices of the last time. What was kept by another version counts as far as it makes sense. */
export function kept(): Options {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Record<keyof Options, unknown>>;
    const bitrate = BITRATES.find((each) => each === found.bitrate) ?? DEFAULT.bitrate;
    const channels = found.channels === 1 || found.channels === 2 ? found.channels : undefined;
    return { bitrate, channels, normalize: found.normalize === true, whole: found.whole === true };
  } catch {
    return { ...DEFAULT };
  }
}

export function keep(options: Options): void {
  localStorage.setItem(KEPT, JSON.stringify(options));
}

function same(one: Options, other: Options): boolean {
  return (
    one.bitrate === other.bitrate && one.channels === other.channels && one.normalize === other.normalize
  );
}
