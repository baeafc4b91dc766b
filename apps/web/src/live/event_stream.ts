/** One event of a stream (HTML Living Standard, section 9.2). */
export interface ServerEvent {
  name: string;
  data: string;
}

/** Parses the events of a text stream, whose chunks may be split anywhere. */
export class EventParser {
  #rest = "";
  #name = "";
  #data: string[] = [];

  /** Adds text, and returns the events that it completes. */
  take(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#line(line.replace(/\r$/, ""));
      if (event) events.push(event);
    }
    return events;
  }

  #line(line: string): ServerEvent | undefined {
    if (line === "") {
      const event = this.#data.length
        ? { name: this.#name || "message", data: this.#data.join("\n") }
        : undefined;
      this.#name = "";
      this.#data = [];
      return event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    return undefined;
  }
}
