import { ApiError } from "../api/client.ts";
import { address } from "../root.ts";

/** Whether this server has a sample video for new users. */
export function hasSample(): boolean {
  return document.getElementById("app")?.dataset.sample !== undefined;
}

/** Fetches the sample video. Throws `ApiError`. */
export async function sampleVideo(): Promise<File> {
  const response = await fetch(address("/sample.mp4")).catch(() => undefined);
  if (!response?.ok) throw new ApiError(response ? "internal_error" : "offline", response?.status);
  return new File([await response.blob()], "Hello from Tracklift.mp4", { type: "video/mp4" });
}
