/** The options of a conversion that the page offers. */
export interface Options {
  bitrate: number;
  channels: 1 | 2 | undefined;
  normalize: boolean;
  /** Whether the whole video is sent, not only its sound. */
  whole: boolean;
}

/** The server's defaults. */
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

/** Finds the preset with the same options. */
export function presetOf(options: Options): Preset | undefined {
  return (Object.keys(PRESETS) as Preset[]).find((name) => same(PRESETS[name], options));
}

/** Returns the fields of a request. Defaults are left out, so that the server can copy MP3 sound unchanged. */
export function toFields(options: Options): Record<string, string> {
  return {
    ...(options.bitrate === DEFAULT.bitrate ? {} : { bitrate: String(options.bitrate) }),
    ...(options.channels ? { channels: String(options.channels) } : {}),
    ...(options.normalize ? { normalize: "true" } : {}),
  };
}

/** Returns the options last used. Options saved by another version are used as far as they are valid. */
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
