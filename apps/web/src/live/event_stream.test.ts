import { expect, test } from "vitest";

import { EventParser } from "./event_stream.ts";

const STREAM =
  ': still here\n\nevent: progress\ndata: {"id":"1"}\n\nevent: state\r\ndata: a\ndata: b\r\n\r\n: rest\n\ndata: bare\n\n';
const EVENTS = [
  { name: "progress", data: '{"id":"1"}' },
  { name: "state", data: "a\nb" },
  { name: "message", data: "bare" },
];

test("events are read wherever the stream is cut", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const parser = new EventParser();
    expect([...parser.take(STREAM.slice(0, cut)), ...parser.take(STREAM.slice(cut))]).toEqual(EVENTS);
  }
});

test("an event without its end is none", () => {
  expect(new EventParser().take("event: state\ndata: {}\n")).toEqual([]);
});
