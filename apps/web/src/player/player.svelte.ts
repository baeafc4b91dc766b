import type { ConversionRow } from "../library/conversion_row.svelte.ts";
import { address } from "../root.ts";
import { keepFresh, renewSession } from "../session/renewal.ts";

const FRESH = 60_000;
/** Seconds played since the last playback error, after which the session may be renewed again. */
const PASSED = 10;
const SPEEDS = [1, 1.25, 1.5, 2, 0.75] as const;

/** The one player: it keeps playing when the user goes to another page. */
class Player {
  row = $state.raw<ConversionRow>();
  playing = $state(false);
  waiting = $state(false);
  failed = $state(false);
  time = $state(0);
  speed = $state<(typeof SPEEDS)[number]>(1);
  #audio: HTMLAudioElement | undefined;
  #renewals = 0;
  /** The position of the last playback error, in seconds. */
  #recoveredAt = 0;
  /** The position at which to pause, in seconds. */
  #until: number | undefined;

  get duration(): number {
    return this.row?.conversion.audio?.duration ?? 0;
  }

  async play(row: ConversionRow, at?: number): Promise<void> {
    await this.#open(row);
    this.#until = undefined;
    if (at !== undefined) this.#go(at);
    await this.#start();
  }

  /** Plays a part of an MP3; `start` and `end` are in seconds. */
  async playPart(row: ConversionRow, start: number, end: number): Promise<void> {
    await this.#open(row);
    this.#go(start);
    this.#until = end;
    await this.#start();
  }

  pause(): void {
    this.#audio?.pause();
  }

  toggle(row: ConversionRow): void {
    if (this.row === row && this.playing) this.pause();
    else void this.play(row);
  }

  /** Moves to a position in an MP3, in seconds. If it is playing, it keeps playing. */
  seek(row: ConversionRow, time: number): void {
    this.#until = undefined;
    if (this.row === row && !this.failed) this.#go(time);
    else void this.#open(row).then(() => this.#go(time));
  }

  changeSpeed(): void {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1;
    if (this.#audio) this.#audio.playbackRate = this.speed;
  }

  close(): void {
    this.pause();
    this.#audio?.removeAttribute("src");
    this.row = undefined;
    this.failed = false;
  }

  async #open(row: ConversionRow): Promise<void> {
    if (this.row === row && !this.failed) return;
    const audio = this.#element();
    audio.pause();
    // The previous MP3 must not play under the new name while the session is renewed.
    audio.removeAttribute("src");
    audio.load();
    this.row = row;
    this.failed = false;
    this.time = 0;
    this.#renewals = 0;
    this.#recoveredAt = 0;
    // The audio element can't renew the session itself.
    await keepFresh(FRESH);
    if (this.row !== row) return;
    audio.src = address(row.conversion.audio?.url ?? "");
    this.#describe(row);
  }

  async #start(): Promise<void> {
    const audio = this.#element();
    audio.playbackRate = this.speed;
    await audio.play().catch(() => undefined);
  }

  #go(time: number): void {
    this.time = Math.min(Math.max(0, time), this.duration);
    this.#element().currentTime = this.time;
  }

  #reach(time: number): void {
    this.time = time;
    if (this.#until === undefined || time < this.#until) return;
    this.#until = undefined;
    this.pause();
  }

  #element(): HTMLAudioElement {
    if (this.#audio) return this.#audio;
    const audio = new Audio();
    audio.preload = "metadata";
    audio.onplaying = () => {
      this.playing = true;
      this.waiting = false;
    };
    audio.onpause = () => (this.playing = false);
    audio.onwaiting = () => (this.waiting = true);
    audio.ontimeupdate = () => this.#reach(audio.currentTime);
    audio.onended = () => {
      this.playing = false;
    };
    audio.onerror = () => void this.#recover(audio);
    this.#audio = audio;
    return audio;
  }

  /** Renews the session once, and continues from the same position. */
  async #recover(audio: HTMLAudioElement): Promise<void> {
    if (!this.row || !audio.hasAttribute("src")) return;
    const [at, going] = [this.time, this.playing];
    this.playing = false;
    // Retry only once at the same position, but allow a renewal further on: a long MP3 may outlast several sessions.
    if (at > this.#recoveredAt + PASSED) this.#renewals = 0;
    this.#recoveredAt = at;
    if (this.#renewals++ === 0 && (await renewSession()) === "renewed") {
      audio.load();
      audio.currentTime = at;
      if (going) await audio.play().catch(() => undefined);
      return;
    }
    this.failed = true;
  }

  /** Shows what is playing in the system's media controls. */
  #describe(row: ConversionRow): void {
    if (!("mediaSession" in navigator)) return;
    navigator.mediaSession.metadata = new MediaMetadata({ title: row.conversion.audio?.name ?? "" });
    navigator.mediaSession.setActionHandler("play", () => void this.#audio?.play());
    navigator.mediaSession.setActionHandler("pause", () => this.pause());
    navigator.mediaSession.setActionHandler("seekbackward", () => this.seek(row, this.time - 15));
    navigator.mediaSession.setActionHandler("seekforward", () => this.seek(row, this.time + 30));
  }
}

export const player = new Player();
